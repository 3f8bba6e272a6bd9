// What a stream is called on either side of the pump: the connection's namespace rule and prefix
// name it for the destination, and states travel back under the source's name.
import type { StreamDescriptor } from '../../protocol/message.ts'
import type { NamingRule } from '../store/connection.ts'

/** A stream of the pump: `index` is its place in the configured catalog. */
export interface NamedStream {
  index: number
  source: StreamDescriptor
  destination: StreamDescriptor
}

export function nameStreams(rule: NamingRule, streams: StreamDescriptor[]): NamedStream[] {
  return streams.map((source, index) => ({
    index,
    source: descriptor(source.name, source.namespace),
    destination: forDestination(rule, source),
  }))
}

function forDestination(rule: NamingRule, stream: StreamDescriptor): StreamDescriptor {
  const name = rule.prefix + stream.name
  if (rule.namespaceDefinition === 'source') return descriptor(name, stream.namespace)
  if (rule.namespaceDefinition === 'destination') return descriptor(name, undefined)
  const format = rule.namespaceFormat ?? ''
  return descriptor(name, format.replaceAll('${SOURCE_NAMESPACE}', stream.namespace ?? ''))
}

/** Without an empty namespace, which means the same as none. */
export function descriptor(name: string, namespace: string | null | undefined): StreamDescriptor {
  return namespace === undefined || namespace === null || namespace === ''
    ? { name }
    : { name, namespace }
}

/** A key for maps: a JSON pair, so that no name can look like another. */
export function streamKey(stream: StreamDescriptor): string {
  return JSON.stringify([stream.name, stream.namespace ?? ''])
}

export function sameStream(a: StreamDescriptor, b: StreamDescriptor): boolean {
  return a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
}
