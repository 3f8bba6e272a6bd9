// A bank or an account, chosen among however many there are: the service finds them by what is
// typed.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type Account,
  accountsQuery,
  type Item,
  itemQuery,
  itemsQuery,
  living,
} from '../api/plaid.ts'
import { FoundCombobox, type Option } from '../parts/combobox.tsx'

interface Props {
  id?: string
  label?: string
  value: string
  onChange: (value: string) => void
}

const shownMax = 20
const searchMax = 200

function searchOf(text: string): { search?: string } {
  const search = text.trim().slice(0, searchMax)
  return search === '' ? {} : { search }
}

interface Found<T> {
  data?: T[] | undefined
  isPlaceholderData: boolean
}

/**
 * What may be taken now. Until the service has answered to what was typed, that is what fits it of
 * what was found before: Enter never takes one that was found for other words.
 */
function offer<T>(
  { data, isPlaceholderData }: Found<T>,
  optionOf: (one: T) => Option,
  text: string,
  fixed: Option[],
) {
  const typed = text.trim().toLowerCase()
  const fits = ({ label }: Option) => label.toLowerCase().includes(typed)
  const options = data?.map(optionOf) ?? []
  return {
    options: [...fixed.filter(fits), ...(isPlaceholderData ? options.filter(fits) : options)],
    isPending: data === undefined || isPlaceholderData,
  }
}

interface BankProps extends Props {
  /** Says what the empty value stands for, where it may be chosen. */
  every?: string
}

/** Of those that are linked. */
export function BankCombobox({ every: all, ...props }: BankProps) {
  const [text, setText] = useState('')
  const { data: chosen } = useQuery({ ...itemQuery(props.value), enabled: props.value !== '' })
  const found = useQuery({
    ...itemsQuery({ standing: living, limit: shownMax, ...searchOf(text) }),
    placeholderData: keepPreviousData,
  })
  const none: Option[] = all === undefined ? [] : [{ value: '', label: all }]
  return (
    <FoundCombobox
      {...props}
      {...offer(found, bankOption, text, none)}
      chosen={props.value === '' ? none[0] : chosen && bankOption(chosen)}
      onText={setText}
    />
  )
}

function bankOption({ item_id: value, institution_name: name }: Item): Option {
  return { value, label: name ?? value }
}

const every: Option = { value: '', label: 'every account' }

/** Of all banks; the empty one stands for all. */
export function AccountCombobox(props: Props) {
  const { value } = props
  const [text, setText] = useState('')
  const { data: [account] = [] } = useQuery({
    ...accountsQuery({ account_id: [value], limit: 1 }),
    enabled: value !== '',
  })
  const found = useQuery({
    ...accountsQuery({ limit: shownMax, ...searchOf(text) }),
    placeholderData: keepPreviousData,
  })
  return (
    <FoundCombobox
      {...props}
      {...offer(found, accountOption, text, [every])}
      chosen={value === '' ? every : account && accountOption(account)}
      onText={setText}
    />
  )
}

function accountOption({ account_id: value, name, mask, institution_name: bank }: Account): Option {
  const parts = [name ?? 'no name', mask, bank]
  return { value, label: parts.filter((part) => part !== null).join(' · ') }
}
