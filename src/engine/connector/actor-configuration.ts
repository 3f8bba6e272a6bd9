// A source's or destination's configuration between its sealed row and its readers (L5).
import { type SealingKey, seal, Secret, unseal } from '../../std/secrets.ts'
import type { Actor } from '../store/actor.ts'
import type { Configuration } from './configuration.ts'

export function openConfiguration(
  key: SealingKey,
  actor: Pick<Actor, 'actorId' | 'configuration'>,
): Configuration {
  return JSON.parse(unseal(key, actor.actorId, actor.configuration).reveal()) as Configuration
}

export function sealConfiguration(
  key: SealingKey,
  actorId: string,
  configuration: unknown,
): string {
  return seal(key, actorId, new Secret(JSON.stringify(configuration)))
}
