"""Helm's lint and render of a chart, its values as JSON on stdin: {problems, rendered} as JSON."""

import json
import sys

from helm_python import Chart, lint

path, release = sys.argv[1], sys.argv[2]
values = json.load(sys.stdin)
report = lint(path, values, strict=True)
# Informations, such as that an icon is recommended, are no problems.
told = [message["error"] for message in report["messages"] if message["severity"] > 1]
rendered = Chart.load(path).render(values, name=release, namespace="bank")
print(json.dumps({"problems": told + report["errors"], "rendered": rendered}))
