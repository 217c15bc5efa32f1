# Steps of a client's program, shared by the Ruby clients; see ../python/compat.py.
require 'json'

HOST, PORT, USER, DATABASE = ENV.values_at('PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE')
PASSWORD = ENV['PGPASSWORD'].to_s
CONTROL = !ENV['COMPAT_CONTROL'].nil?
RESOURCE = <<~SQL
  select "resourceId", "accountId" from ec2.flow_logs where "resourceId" like 'eni-%' and region = 'us-east-1'
  group by 1, 2 having count(*) = 1 order by 1 limit 1
SQL

class Client
  attr_accessor :recover

  def initialize(name, version)
    @name = name
    @failed = 0
    puts "#{name}: version: #{version}"
    @out = File.open(File.join(ENV['COMPAT_OUT'], name), 'w') if ENV['COMPAT_OUT']
  end

  def step(name)
    v = yield
    raise 'it gave false' if v == false

    puts "#{@name}: #{name}: ok"
    @out&.puts("#{name}: #{JSON.pretty_generate(v)}") unless v.nil? || v == true
  rescue StandardError, NotImplementedError => e
    @failed += 1
    puts "#{@name}: #{name}: FAILED"
    warn "#{e.class}: #{e.message}\n#{e.backtrace.first(4).join("\n")}"
    @recover&.call
  end

  def done
    $stdout.flush
    exit(@failed.zero? ? 0 : 1)
  end
end
