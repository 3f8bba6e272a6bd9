// An endpoint: its path, what may be sent, and what it answers. The door (routes.ts) does what all
// of them share: credentials, the Item behind an access token, errors on order.
import type { TProperties, TSchema } from '../../../../src/std/type.ts'
import type { ItemRecord } from '../bank/state.ts'
import type { Context } from '../context.ts'
import { type BodyOf, request, token } from './fields.ts'

type Answer = object | Promise<object>

export interface Endpoint {
  path: string
  body: TSchema
  /** The body's access token names an Item that must be there. */
  ofItem: boolean
  /** Whoever asks is answered, without credentials. */
  open?: boolean
  answer(context: Context, body: unknown, item: ItemRecord | undefined): Answer
}

export function endpoint<P extends TProperties>(
  path: string,
  properties: P,
  handle: (context: Context, body: BodyOf<P>) => Answer,
): Endpoint {
  return {
    path,
    body: request(properties),
    ofItem: false,
    answer: (context, body) => handle(context, body as BodyOf<P>),
  }
}

/** `properties` beside the access token. */
export function itemEndpoint<P extends TProperties>(
  path: string,
  properties: P,
  handle: (context: Context, item: ItemRecord, body: BodyOf<P>) => Answer,
): Endpoint {
  return {
    path,
    body: request({ access_token: token, ...properties }),
    ofItem: true,
    answer: (context, body, item) => handle(context, item as ItemRecord, body as BodyOf<P>),
  }
}

/** Without credentials, and without anything else. */
export function openEndpoint(path: string, handle: (context: Context) => Answer): Endpoint {
  return { ...endpoint(path, {}, handle), open: true }
}

export const none = {}

/** A large answer comes as text, with the request's id written in. */
export class TextAnswer {
  readonly text: (requestId: string) => string

  constructor(text: (requestId: string) => string) {
    this.text = text
  }
}
