// A choice among many, found by typing: for lists that may be a thousand long. The keys are those
// of a combobox: arrows move, Enter takes, Escape leaves all as it was.
import { Combobox as Base } from '@base-ui/react/combobox'
import { useState } from 'react'
import { brief } from '../words/hostile.ts'
import css from './combobox.module.css'
import { Icon } from './icon.tsx'

export interface Option {
  value: string
  label: string
}

interface FieldProps {
  id?: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

interface Props extends FieldProps {
  /** Where no field has a label for it. */
  label?: string
  value: string
  onChange: (value: string) => void
}

interface ListProps extends Props {
  options: Option[]
}

/** Among those that are all here. */
export function Combobox(props: ListProps) {
  return <Parts {...props} chosen={props.options.find(({ value }) => value === props.value)} />
}

interface FoundProps extends ListProps {
  /** The one that is chosen, which may not be among those that were found. */
  chosen: Option | undefined
  isPending: boolean
  /** Whoever hears what was typed finds the options; nothing was: the first of all. */
  onText: (text: string) => void
}

/** Among those that the service finds. */
export function FoundCombobox(props: FoundProps) {
  return <Parts {...props} />
}

type PartsProps = ListProps & Pick<FoundProps, 'chosen'> & Partial<FoundProps>

function Parts(props: PartsProps) {
  const { label, value, options, chosen, isPending, onText, onChange, ...field } = props
  // while it is typed in, the input is the person's; else it says what is chosen
  const [typed, setTyped] = useState<string>()
  const type = (text: string | undefined) => {
    setTyped(text)
    onText?.(text ?? '')
  }
  return (
    <Base.Root
      items={options}
      value={chosen ?? null}
      inputValue={typed ?? (chosen === undefined ? '' : brief(chosen.label))}
      isItemEqualToValue={(one, other) => one.value === other.value}
      itemToStringLabel={({ label: said }) => brief(said)}
      autoHighlight
      limit={shownMax}
      {...(onText === undefined ? {} : { filter: null })}
      onInputValueChange={(text, { reason }) => type(reason === 'input-change' ? text : undefined)}
      onOpenChange={(isOpen) => (isOpen ? undefined : type(undefined))}
      onValueChange={(option) => {
        if (option !== null && option.value !== value) onChange(option.value)
      }}
    >
      <Base.InputGroup className={css['group']}>
        <Base.Input
          {...field}
          className={css['input']}
          aria-label={label === undefined ? undefined : brief(label)}
          onFocus={(event) => event.target.select()}
          onKeyDown={(event) => {
            // Base UI would clear the choice, and keep the sheet that this may stand in open
            const isOpen = event.currentTarget.getAttribute('aria-expanded') === 'true'
            if (event.key === 'Escape' && !isOpen) event.preventBaseUIHandler()
            // what was typed stays while there is nothing to take
            if (event.key !== 'Enter' || options.length > 0) return
            event.preventBaseUIHandler()
            event.preventDefault()
          }}
        />
        <Base.Trigger className={css['open']} aria-label="Show all" tabIndex={-1}>
          <Icon name="down" />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className={css['positioner']}>
          <Base.Popup className={css['popup']}>
            <Base.Empty className={css['none']}>
              {isPending === true ? 'Looking …' : 'None fits.'}
            </Base.Empty>
            <Base.List className={css['list']}>
              {(option: Option) => (
                <Base.Item key={option.value} value={option} className={css['item']}>
                  <bdi>{brief(option.label)}</bdi>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/** More are found by typing. */
const shownMax = 50
