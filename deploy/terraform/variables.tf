variable "vpc_id" {
  type        = string
  description = "VPC of the tasks and of the load balancer"
}
variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets with a way to AWS's endpoints and to the image's registry"
}
variable "allowed_cidrs" {
  type        = list(string)
  description = "Who may connect"
}
variable "metrics_cidrs" {
  type        = list(string)
  default     = []
  description = "Who may read the metrics of each task"
}
variable "image" {
  type        = string
  description = "flowgres's image, with its tag or digest"
}
variable "verifier_secret_arn" {
  type        = string
  description = "Secrets Manager secret whose value is the reader role's SCRAM verifier, from flowgres hash-password"
}
variable "tls_secret_arn" {
  type        = string
  description = "Secrets Manager secret whose value is a JSON object with tls.crt, the certificate chain, and tls.key"
}
variable "write_access" {
  type        = bool
  default     = false
  description = "Whether the server may create, delete and tag flow logs"
}
variable "desired_count" {
  type        = number
  default     = 2
  description = "Copies of the server"
}
