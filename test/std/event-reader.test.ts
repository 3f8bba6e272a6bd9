// A reader of events hears each once, whatever pieces they come in, and leaves what is frozen.
import { expect, test } from 'vitest'
import { readEvents } from '../../src/std/event-reader.ts'

function bodyOf(...pieces: string[]) {
  const bytes = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(bytes.encode(piece))
      if (pieces.at(-1) !== '…') controller.close()
    },
  })
}

async function all(body: ReadableStream<Uint8Array>, silenceMsMax = 60_000) {
  const events = []
  for await (const event of readEvents(body, silenceMsMax)) events.push(event)
  return events
}

test('events come whole from any pieces, and heartbeats as such', async () => {
  const text = 'id: a.1\nevent: job\ndata: {"text":"é: 1"}\n\n:\n\ndata: x\n\n'
  const events = [
    { id: 'a.1', type: 'job', data: '{"text":"é: 1"}' },
    null,
    { id: '', type: 'message', data: 'x' },
  ]
  expect(await all(bodyOf(text))).toEqual(events)
  expect(await all(bodyOf(...Array.from(text)))).toEqual(events)
})

test('what is silent is left, and so is an event without an end', async () => {
  await expect(all(bodyOf('data: x\n\n', '…'), 20)).rejects.toThrow('nothing was heard for 20 ms')
  await expect(all(bodyOf(`data: ${'x'.repeat(70_000)}`))).rejects.toThrow('too long')
})
