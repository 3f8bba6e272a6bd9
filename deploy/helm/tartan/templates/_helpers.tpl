{{- define "tartan.name" -}}
{{- if contains "tartan" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-tartan" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects one service's pods: a list of the root and the service's name. */}}
{{- define "tartan.selector" -}}
app.kubernetes.io/name: tartan
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "tartan.labels" -}}
{{ include "tartan.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end -}}

{{- define "tartan.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What every pod is: an ordinary user, no capability, a root that nobody writes to, no token of
     the cluster, and no environment that the cluster makes of its Services: one is called like an
     option of ours. */}}
{{- define "tartan.pod" -}}
enableServiceLinks: false
automountServiceAccountToken: false
{{- with .Values.serviceAccount.name }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
# What is killed resumes where it was; what is asked to end does so within 10 s.
terminationGracePeriodSeconds: 30
{{- end -}}

{{- define "tartan.container" -}}
image: {{ include "tartan.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - configMapRef:
      name: {{ include "tartan.name" . }}
{{- end -}}

{{- define "tartan.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: run, mountPath: /data/run}
- {name: keys, mountPath: /data/secrets, readOnly: true}
- {name: connections, mountPath: /run/secrets/tartan, readOnly: true}
{{- if .Values.connection }}
- {name: connection, mountPath: /app/airbyte/connection.yaml, subPath: connection.yaml, readOnly: true}
{{- end }}
{{- end -}}

{{/* What a pod writes is gone with it, and never on a disk. */}}
{{- define "tartan.volumes" -}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
- name: keys
  secret: {secretName: {{ .Values.secrets.keys }}, defaultMode: 0440}
- name: connections
  secret: {secretName: {{ .Values.secrets.connections }}, defaultMode: 0440}
{{- if .Values.connection }}
- name: connection
  configMap:
    name: {{ include "tartan.name" . }}-connection
{{- end }}
{{- end -}}
