// What the engine tells beyond Airbyte's API, for whoever looks at many things at once.
import { type Static, Type } from '../../std/type.ts'
import { count } from '../../std/shape.ts'
import { JobStatus } from '../store/shapes.ts'
import { optional, seconds, text, Uuid } from './shapes.ts'

export const SharedTables = Type.Object(
  {
    connections: Type.Array(
      Type.Object({
        connectionId: Uuid,
        name: text,
        streams: Type.Array(Type.Object({ name: text, namespace: optional }), {
          description: 'Those that both write, as the destination knows them.',
        }),
      }),
    ),
  },
  { $id: 'SharedTables' },
)
export type SharedTables = Static<typeof SharedTables>

export const StreamStrips = Type.Object(
  {
    streams: Type.Array(
      Type.Object({
        streamName: text,
        streamNamespace: optional,
        lastJobStatus: JobStatus,
        lastSucceededAt: Type.Optional(seconds),
        cells: Type.Array(
          Type.Object({
            at: count('Which step after `createdAtStart`, from zero.'),
            jobs: count(),
            worstStatus: JobStatus,
            lastJobId: Type.Integer(),
            recordsCommitted: count(),
          }),
        ),
      }),
    ),
  },
  { $id: 'StreamStrips', description: 'A step in which nothing began is absent.' },
)
export type StreamStrips = Static<typeof StreamStrips>
