// The Helm chart, by Helm itself (as a library) and Kubernetes' own schemas: it renders, a slip of
// the pen in its values is an error, and what it makes is what it made before.
// `TARTAN_TEST_LONG=1 npx vitest run test/long/helm --update` writes the golden files anew.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { makeKeys } from '../../src/server/keys.ts'
import { pythonFolder, runPython } from '../support/python.ts'

const here = import.meta.dirname
const chart = resolve(here, '../../deploy/helm/tartan')
const python = await pythonFolder(resolve(here, '../support/python/helm.txt'))
const full = parse(readFileSync(join(chart, 'ci/full-values.yaml'), 'utf8')) as object
const kubernetes = '1.34'
/** Of others' definitions, whose schemas Kubernetes does not bring. */
const FOREIGN = new Set(['ExternalSecret', 'ServiceMonitor'])

describe.runIf(python !== undefined)('the chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tartan helm '))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function helm(values: object) {
    const program = resolve(here, '../support/python/render_chart.py')
    const input = JSON.stringify(values)
    return runPython(python ?? '', [program, chart, 'bank'], { cwd: folder, input })
  }

  async function rendered(values: object): Promise<string> {
    const { code, output } = await helm(values)
    expect(code, output).toBe(0)
    const { problems, rendered: files } = JSON.parse(output) as {
      problems: string[]
      rendered: Record<string, string>
    }
    expect(problems).toEqual([])
    const texts = Object.entries(files).filter(([name]) => name.endsWith('.yaml'))
    return texts.map(([, text]) => text.trim()).join('\n---\n')
  }

  test.each([
    ['default', {}],
    ['full', full],
  ])('with its %s values makes what it made, strictly Kubernetes’ own', async (name, values) => {
    const text = await rendered(values)
    const golden = resolve(here, `../helm/golden/${name}.yaml`)
    await expect(`${text}\n`).toMatchFileSnapshot(golden)
    const objects = parseAllDocuments(text)
      .map((document) => document.toJS() as { kind?: string } | null)
      .filter((object) => object !== null && !FOREIGN.has(object.kind ?? ''))
    expect(objects.length).toBeGreaterThan(9)
    const file = join(folder, `${name}.yaml`)
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'))
    const validate = join(python ?? '', 'kubernetes-validate')
    const args = [validate, '--strict', '-k', kubernetes, file]
    const { code, output } = await runPython(python ?? '', args, { cwd: folder })
    expect(code, output).toBe(0)
  })

  test('every pod is an ordinary user’s, on a root that nobody writes to, without a token', async () => {
    const text = await rendered(full)
    const pods = parseAllDocuments(text)
      .map((document): Loose => document.toJS())
      .filter((object) => ['Deployment', 'Job'].includes(object?.kind))
      .map((object) => object.spec.template.spec)
    expect(pods).toHaveLength(5)
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10_001 },
        containers: [
          {
            image: expect.stringContaining('@sha256:'),
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      })
    }
  })

  test('what is scaled by itself has no number of its own, and nothing is unless it is said', async () => {
    expect(await rendered({})).not.toMatch(/HorizontalPodAutoscaler|ServiceMonitor/)
    const objects = parseAllDocuments(await rendered(full)).map((one): Loose => one.toJS())
    const deployments = objects.filter((one) => one?.kind === 'Deployment')
    const targets = objects
      .filter((one) => one?.kind === 'HorizontalPodAutoscaler')
      .map(({ spec }) => spec.scaleTargetRef.name as string)
    expect(targets).toEqual(['bank-tartan-plaid-api', 'bank-tartan-worker'])
    for (const { metadata, spec } of deployments) {
      expect([metadata.name, 'replicas' in spec]).toEqual([
        metadata.name,
        !targets.includes(metadata.name as string),
      ])
      const isMany = targets.includes(metadata.name as string) || spec.replicas > 1
      const budgets = objects.filter((one) => one?.kind === 'PodDisruptionBudget')
      const isKept = budgets.some((one) => one.metadata.name === metadata.name)
      expect([metadata.name, isKept]).toEqual([metadata.name, isMany])
    }
  })

  test('Prometheus is let in to every pod, by a key that there is and a port that it has', async () => {
    const objects = parseAllDocuments(await rendered(full)).map((one): Loose => one.toJS())
    const monitor = objects.find((one) => one?.kind === 'ServiceMonitor')
    expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus' })
    const [endpoint] = monitor.spec.endpoints
    const { name, key } = endpoint.authorization.credentials
    expect(name).toBe('tartan-keys')
    const keys = join(folder, 'keys')
    await makeKeys(keys)
    expect(readdirSync(join(keys, 'secrets'))).toContain(key)
    const isOf = (labels: object, selector: object) =>
      Object.entries(selector).every(([label, value]) => Reflect.get(labels, label) === value)
    const services = objects.filter(
      (one) =>
        one?.kind === 'Service' && isOf(one.metadata.labels, monitor.spec.selector.matchLabels),
    )
    const pods = objects.filter((one) => one?.kind === 'Deployment').map((one) => one.spec.template)
    expect(pods).toHaveLength(4)
    for (const pod of pods) {
      const reached = services.filter((one) => isOf(pod.metadata.labels, one.spec.selector))
      expect(reached).toHaveLength(1)
      expect(reached[0].spec.ports[0]).toMatchObject({ name: endpoint.port, targetPort: 'http' })
      expect(pod.spec.containers[0].ports).toMatchObject([{ name: 'http' }])
    }
  })

  test.each([
    [{ imagge: {} }, 'imagge'],
    [{ options: { PLAID_ENV: 'sandbox', PLAID_CLIENT_ID: '', PLAID_SECRET: 'x' } }, 'PLAID_SECRET'],
    [{ options: { PLAID_ENV: 'emulator', PLAID_CLIENT_ID: '' } }, 'PLAID_ENV'],
    [{ services: { server: { replicas: 2 } } }, 'server'],
    [{ image: { digest: 'sha256:short' } }, 'digest'],
    [{ autoscaling: { server: { enabled: true } } }, 'server'],
    [{ autoscaling: { worker: { cpuPercent: 70 } } }, 'cpuPercent'],
    [{ serviceMonitor: { interval: 'often' } }, 'interval'],
    [{ ingress: { enabled: true } }, 'ingress.host is needed'],
  ])('%j is refused by its name', async (values, name) => {
    const { code, output } = await helm(values)
    expect([code !== 0, output]).toEqual([true, expect.stringContaining(name)])
  })
})

// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any
