"""Steps of a client's program, shared by the Python clients.

The server is told by PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE. With COMPAT_CONTROL set it is a PostgreSQL
holding the same table, and steps that need EC2's behaviour are left out. A step that returns something else than
True or None has it written to $COMPAT_OUT/CLIENT, so that two servers' answers can be compared."""
import json
import os
import sys
import traceback

host, port = os.environ["PGHOST"], int(os.environ["PGPORT"])
user, password = os.environ["PGUSER"], os.environ.get("PGPASSWORD", "")
database = os.environ["PGDATABASE"]
control = bool(os.environ.get("COMPAT_CONTROL"))

class Client:
    def __init__(self, name, version):
        self.name, self.failed, self.recover = name, 0, None  # recover runs after a failed step
        self.out = open(os.path.join(os.environ["COMPAT_OUT"], name), "w") if os.environ.get("COMPAT_OUT") else None
        print(f"{name}: version: {version}")

    def report(self, step, err, value=None):
        print(f"{self.name}: {step}: {'FAILED' if err else 'ok'}")
        if err:
            self.failed += 1
            print("".join(err)[-900:], file=sys.stderr)
            if self.recover:
                self.recover()
        elif self.out and value is not None and value is not True:
            self.out.write(f"{step}: {json.dumps(value, default=str, indent=1, sort_keys=True)}\n")
        sys.stdout.flush()

    def step(self, name):
        """A decorator that runs the function at once."""
        def run(f):
            try:
                value = f()
                self.report(name, ["it gave False\n"] if value is False else None, value)
            except Exception:
                self.report(name, traceback.format_exc())
        return run

    def astep(self, name):
        def run(f):
            async def go():
                try:
                    value = await f()
                    self.report(name, ["it gave False\n"] if value is False else None, value)
                except Exception:
                    self.report(name, traceback.format_exc())
            return go()
        return run

    def done(self):
        sys.exit(1 if self.failed else 0)


# A resource of the sample fleet that has one flow log, with its account.
RESOURCE = ('select "resourceId", "accountId" from ec2.flow_logs where "resourceId" like \'eni-%\' and region = \'us-east-1\''
            ' group by 1, 2 having count(*) = 1 order by 1 limit 1')
