# flowgres on ECS Fargate behind a network load balancer, with the least it needs of IAM.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "vpc_id" { type = string }
variable "subnet_ids" { type = list(string) }
variable "allowed_cidrs" { type = list(string) }
variable "image" { type = string }
variable "config_secret_arn" {
  type        = string
  description = "Secrets Manager secret whose value is the reader role's SCRAM verifier"
}
variable "write_access" {
  type    = bool
  default = false
}
variable "desired_count" {
  type    = number
  default = 2
}

data "aws_region" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "task" {
  name_prefix        = "flowgres-task-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "task" {
  role   = aws_iam_role.task.id
  policy = file("${path.module}/${var.write_access ? "policy-write.json" : "policy-read.json"}")
}

resource "aws_iam_role" "execution" {
  name_prefix        = "flowgres-exec-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secret" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = var.config_secret_arn }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name_prefix       = "/flowgres/"
  retention_in_days = 30
}

resource "aws_security_group" "this" {
  name_prefix = "flowgres-"
  vpc_id      = var.vpc_id
  ingress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = var.allowed_cidrs
  }
  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ecs_cluster" "this" { name = "flowgres" }

resource "aws_ecs_task_definition" "this" {
  family                   = "flowgres"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name                   = "flowgres"
    image                  = var.image
    essential              = true
    readonlyRootFilesystem = true
    user                   = "65532"
    stopTimeout            = 35
    portMappings           = [{ containerPort = 5432 }]
    environment = [{
      name  = "FLOWGRES_CONFIG_TEXT"
      value = "{audit_log: '-', aws: {regions: all}, roles: {reader: {password: $${READER_VERIFIER}, access: read-only}}}"
    }]
    secrets     = [{ name = "READER_VERIFIER", valueFrom = var.config_secret_arn }]
    healthCheck = { command = ["CMD", "/usr/bin/flowgres", "healthcheck", "--address", "127.0.0.1:5432"] }
    ulimits     = [{ name = "stack", softLimit = 67108864, hardLimit = 67108864 }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = "flowgres"
      }
    }
  }])
}

resource "aws_lb" "this" {
  name_prefix        = "flowg-"
  internal           = true
  load_balancer_type = "network"
  subnets            = var.subnet_ids
}

resource "aws_lb_target_group" "this" {
  name_prefix          = "flowg-"
  port                 = 5432
  protocol             = "TCP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 30
  preserve_client_ip   = true # the limiter and pg_hba.conf go by it
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 5432
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_ecs_service" "this" {
  name            = "flowgres"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.this.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "flowgres"
    container_port   = 5432
  }
  depends_on = [aws_lb_listener.this]
}

output "address" { value = aws_lb.this.dns_name }
