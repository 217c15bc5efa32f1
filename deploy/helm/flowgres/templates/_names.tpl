{{- define "flowgres.selector" -}}
app.kubernetes.io/name: flowgres
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "flowgres.labels" -}}
{{ include "flowgres.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
