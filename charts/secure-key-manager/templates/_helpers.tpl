{{/*
SPDX-License-Identifier: Apache-2.0
Labels of an object. Call: include "skm.labels" (dict "root" $ "component" "kms").
No name here may begin with "skm.dev/": such a label is a mark by which the webhook selects pods,
and our own pods must never wait for the webhook.
*/}}
{{- define "skm.labels" -}}
{{ include "skm.selector" . }}
app.kubernetes.io/part-of: secure-key-manager
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* The labels that select a component's pods; they never change. Call as skm.labels. */}}
{{- define "skm.selector" -}}
app.kubernetes.io/name: {{ printf "skm-%s" .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* The reference of an image. Call: include "skm.image" (dict "root" $ "name" "skm-kms"). */}}
{{- define "skm.image" -}}
{{- $image := .root.Values.image -}}
{{ printf "%s/%s:%s" $image.registry .name ($image.tag | default .root.Chart.AppVersion) }}
{{- end }}

{{/* The pod's part of Pod Security `restricted`. Call: include "skm.podSecurityContext" $. */}}
{{- define "skm.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* A container's part of it, and a root file system nobody can write. Call: include "skm.securityContext" $. */}}
{{- define "skm.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
privileged: false
readOnlyRootFilesystem: true
{{- end }}

{{/* Pull Secrets, if there are any. Call: include "skm.imagePullSecrets" $. */}}
{{- define "skm.imagePullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Startup, liveness and readiness of every process: plain HTTP on 8081. Call: include "skm.probes" $. */}}
{{- define "skm.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 1
  failureThreshold: 120
livenessProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* A projected token of one audience. Call: include "skm.token" (dict "name" "token" "audience" "skm.dev/internal"). */}}
{{- define "skm.token" -}}
name: {{ .name }}
projected:
  defaultMode: 0440
  sources:
  - serviceAccountToken: {path: token, audience: {{ .audience }}, expirationSeconds: 3600}
{{- end }}

{{/* The volume of the internal CAs' certificates. Call: include "skm.ca" $. */}}
{{- define "skm.ca" -}}
name: ca
configMap:
  name: skm-ca
  items: [{key: ca.crt, path: ca.crt}]
{{- end }}

{{/* The ports of both Services of the KMS. Call: include "skm.kmsPorts" $. */}}
{{- define "skm.kmsPorts" -}}
- {name: data, port: 8443, targetPort: data, appProtocol: https}
- {name: identity, port: 8444, targetPort: identity, appProtocol: https}
- {name: admin, port: 8445, targetPort: admin, appProtocol: https}
{{- end }}
