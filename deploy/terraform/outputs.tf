output "address" {
  value       = aws_lb.this.dns_name
  description = "Host to connect to, port 5432"
}
output "task_role_arn" {
  value       = aws_iam_role.task.arn
  description = "Role to trust in the other accounts that aws.accounts names"
}
