// What is different between two descriptions of a source's streams, in Airbyte's words (pure).
import type { AirbyteCatalog, AirbyteStream } from '../../protocol/message.ts'
import type { FieldTransform, StreamTransform } from '../store/shapes.ts'
import { descriptor, sameStream } from './naming.ts'
import { fieldsOf } from './stream-version.ts'

export function catalogDiff(before: AirbyteCatalog, now: AirbyteCatalog): StreamTransform[] {
  const of = (stream: AirbyteStream) => descriptor(stream.name, stream.namespace)
  const find = (catalog: AirbyteCatalog, stream: AirbyteStream) =>
    catalog.streams.find((one) => sameStream(one, of(stream)))
  const removed = before.streams.filter((stream) => !find(now, stream))
  return [
    ...removed.map((stream): StreamTransform => ({
      transformType: 'remove_stream',
      streamDescriptor: of(stream),
    })),
    ...now.streams.flatMap((stream): StreamTransform[] => {
      const known = find(before, stream)
      if (!known) return [{ transformType: 'add_stream', streamDescriptor: of(stream) }]
      const fieldTransforms = fieldDiff(known, stream)
      if (fieldTransforms.length === 0) return []
      const updateStream = { fieldTransforms }
      return [{ transformType: 'update_stream', streamDescriptor: of(stream), updateStream }]
    }),
  ]
}

function fieldDiff(before: AirbyteStream, now: AirbyteStream): FieldTransform[] {
  const [had, has] = [fieldsOf(before), fieldsOf(now)]
  const names = [...new Set([...Object.keys(had), ...Object.keys(has)])]
  return names.flatMap((name): FieldTransform[] => {
    const [oldSchema, newSchema] = [had[name], has[name]]
    const fieldName = [name]
    if (oldSchema === newSchema) return []
    if (oldSchema === undefined) return [{ transformType: 'add_field', fieldName }]
    if (newSchema === undefined) return [{ transformType: 'remove_field', fieldName }]
    return [{ transformType: 'update_field_schema', fieldName, oldSchema, newSchema }]
  })
}
