# flowgres on ECS Fargate behind a network load balancer.
data "aws_region" "current" {}

resource "aws_cloudwatch_log_group" "this" {
  name_prefix       = "/flowgres/"
  retention_in_days = 30
}

resource "aws_ecs_cluster" "this" { name = "flowgres" }

locals {
  logs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this.name
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = "flowgres"
    }
  }
  # Fargate mounts no secrets, and root alone may write to its volumes: this container fills them for the server's user, and ends.
  files = {
    name      = "files"
    image     = "public.ecr.aws/docker/library/busybox:1.37"
    essential = false
    user      = "0"
    command = ["sh", "-ec", <<-EOT
      chmod 1777 /tmp
      umask 077
      printf %s "$CERT" >/tls/tls.crt
      printf %s "$KEY" >/tls/tls.key
      echo 'hostssl all all all scram-sha-256' >/tls/pg_hba.conf
      chown -R 65532:65532 /tls
    EOT
    ]
    secrets = [
      { name = "CERT", valueFrom = "${var.tls_secret_arn}:tls.crt::" },
      { name = "KEY", valueFrom = "${var.tls_secret_arn}:tls.key::" },
    ]
    mountPoints      = [{ sourceVolume = "tls", containerPath = "/tls" }, { sourceVolume = "tmp", containerPath = "/tmp" }]
    logConfiguration = local.logs
  }
  server = {
    name                   = "flowgres"
    image                  = var.image
    essential              = true
    readonlyRootFilesystem = true
    user                   = "65532"
    stopTimeout            = 45
    dependsOn              = [{ containerName = "files", condition = "SUCCESS" }]
    portMappings           = [{ containerPort = 5432 }, { containerPort = 9464 }]
    environment            = [{ name = "FLOWGRES_CONFIG_TEXT", value = file("${path.module}/flowgres.yaml") }]
    secrets                = [{ name = "READER_VERIFIER", valueFrom = var.verifier_secret_arn }]
    healthCheck            = { command = ["CMD", "/usr/bin/flowgres", "healthcheck", "--address", "127.0.0.1:5432"] }
    ulimits                = [{ name = "stack", softLimit = 67108864, hardLimit = 67108864 }, { name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    mountPoints = [
      { sourceVolume = "tls", containerPath = "/tls", readOnly = true },
      { sourceVolume = "tmp", containerPath = "/tmp" },
    ]
    logConfiguration = local.logs
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "flowgres"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions    = jsonencode([local.files, local.server])
  volume { name = "tls" }
  volume { name = "tmp" }
}

resource "aws_ecs_service" "this" {
  name            = "flowgres"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.task.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "flowgres"
    container_port   = 5432
  }
  depends_on = [aws_lb_listener.this]
}
