// CodeMirror for SQL, in a shadow root: its styles become an adopted sheet there, which the page's
// policy allows, where a <style> element would be refused.
import { autocompletion, closeBrackets } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql, type SQLNamespace } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { type RefObject, useEffect, useRef } from 'react'

interface Props {
  text: string
  schema: SQLNamespace
  onChange: (text: string) => void
  /** Where it is wrong: the character, from zero. */
  fault: number | undefined
  /** The marked part, or all, and how much stands before it. */
  onRun: (text: string, before: number) => void
  onCancel: () => void
  onSave: () => void
}

export function SqlEditor({ text, schema, fault, ...acts }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const handlers = useRef(acts)
  useEffect(() => {
    handlers.current = acts
  })
  useEffect(() => {
    const host = place.current
    if (host === null) return undefined
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: view.current?.state.doc ?? text,
        extensions: extensions(schema, handlers),
      }),
    })
    view.current = editor
    return () => editor.destroy()
    // the text is the editor's own once it is there
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [schema])
  useEffect(() => {
    const editor = view.current
    if (editor === null || editor.state.doc.toString() === text) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } })
  }, [text])
  useEffect(() => {
    view.current?.dispatch({ effects: markFault.of(fault) })
  }, [fault])
  return <div ref={place} data-sql-editor="" />
}

type Handlers = RefObject<Omit<Props, 'text' | 'schema' | 'fault'>>

function extensions(schema: SQLNamespace, handlers: Handlers) {
  const run = (view: EditorView) => {
    const { from, to, empty } = view.state.selection.main
    if (empty) handlers.current.onRun(view.state.doc.toString(), 0)
    else handlers.current.onRun(view.state.sliceDoc(from, to), from)
    return true
  }
  const escape = (view: EditorView) => (handlers.current.onCancel(), leave(view))
  const save = () => (handlers.current.onSave(), true)
  return [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run },
        { key: 'Mod-s', run: save, preventDefault: true },
      ]),
    ),
    faults,
    lineNumbers(),
    EditorView.lineWrapping,
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    placeholder('select … from airbyte_plaid.transactions'),
    sql({ dialect: PostgreSQL, schema, upperCaseKeywords: false }),
    syntaxHighlighting(colours),
    look,
    EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) handlers.current.onChange(update.state.doc.toString())
    }),
    keymap.of([{ key: 'Escape', run: escape }, ...defaultKeymap, ...historyKeymap]),
  ]
}

/** To the buttons below, so that Tab, which is the editor's own, is no trap. */
function leave({ root }: EditorView): boolean {
  const below = root instanceof ShadowRoot ? root.host.nextElementSibling : null
  below?.querySelector('button')?.focus()
  return true
}

const markFault = StateEffect.define<number | undefined>()
const wrong = Decoration.mark({ class: 'cm-wrong' })

/** The word at which the server says that it is wrong, until something is written. */
const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, { docChanged, effects, state }) => {
    const asked = effects.find((effect) => effect.is(markFault))
    if (asked === undefined) return docChanged ? Decoration.none : marks
    const at = asked.value
    if (at === undefined || state.doc.length === 0) return Decoration.none
    const from = Math.min(at, state.doc.length - 1)
    const word = /^[\w.]+/.exec(state.sliceDoc(from, state.doc.lineAt(from).to))?.[0] ?? ' '
    return Decoration.set([wrong.range(from, from + word.length)])
  },
  provide: (field) => EditorView.decorations.from(field),
})

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--attention)' },
  { tag: tags.number, color: 'var(--running)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--fresh)' },
])

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '14px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    lineHeight: '1.5',
    minHeight: '132px',
    maxHeight: '40vh',
  },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--raised)',
    color: 'var(--ink-3)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-wrong': {
    backgroundColor: 'var(--failed-tint)',
    textDecoration: 'underline wavy var(--failed)',
    textUnderlineOffset: '3px',
  },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 25%, transparent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--line)',
    borderRadius: '3px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-tint)',
    color: 'var(--ink)',
  },
})
