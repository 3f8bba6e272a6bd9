// What a list is filtered by: controls in a row. On a phone, where they would take half of the
// window, they are in a sheet, behind a button that says how many of them are set.
import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Toolbar } from './field.tsx'
import css from './filters.module.css'
import { useIsPhone } from './phone.ts'

interface Filter {
  label: string
  isSet: boolean
  /** Names itself by the label. */
  control: ReactNode
}

interface ControlsProps {
  of: Filter[]
  onClear: () => void
}

interface Props extends ControlsProps {
  /** What stays on the page: a search, or what one steps through. */
  children?: ReactNode
}

export function Filters({ children, ...controls }: Props) {
  const all = (
    <>
      {children}
      <FilterControls {...controls} />
    </>
  )
  if (!useIsPhone()) return <Toolbar label="Filters">{all}</Toolbar>
  return (
    <div className={css['row']} role="group" aria-label="Filters">
      {all}
    </div>
  )
}

/** Within a toolbar. */
export function FilterControls({ of, onClear }: ControlsProps) {
  const isPhone = useIsPhone()
  const set = of.filter(({ isSet }) => isSet).length
  const controls = of.map(({ label, control }) => (
    <Labelled key={label} label={label} isSeen={isPhone}>
      {control}
    </Labelled>
  ))
  if (!isPhone) return controls
  const foot = (close: () => void) => (
    <>
      {set > 0 && <Button onClick={onClear}>Clear filters</Button>}
      <Button look="main" onClick={close}>
        Done
      </Button>
    </>
  )
  return (
    <FilterSheet set={set} foot={foot}>
      {() => controls}
    </FilterSheet>
  )
}

interface LabelledProps {
  label: string
  isSeen?: boolean
  children: ReactNode
}

/** The control has the label's words as its name: here they are only seen. */
export function Labelled({ label, isSeen = true, children }: LabelledProps) {
  if (!isSeen) return children
  return (
    <div className={css['field']}>
      <span aria-hidden="true">{label}</span>
      {children}
    </div>
  )
}

interface SheetProps {
  set: number
  foot: (close: () => void) => ReactNode
  children: (close: () => void) => ReactNode
}

/** The button, and what it opens. */
export function FilterSheet({ set, foot, children }: SheetProps) {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <>
      <Button
        data-filter=""
        icon="filter"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        {set === 0 ? 'Filters' : `Filters, ${set} set`}
      </Button>
      <Dialog title="Filters" open={isOpen} at="bottom" onClose={close} foot={foot(close)}>
        {children(close)}
      </Dialog>
    </>
  )
}
