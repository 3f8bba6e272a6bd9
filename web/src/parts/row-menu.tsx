// The menu of a row: its rarer actions, and always "Copy id".
import { Menu } from '@base-ui/react/menu'
import { brief } from '../words/hostile.ts'
import { Button } from './button.tsx'
import { copy } from './copy.tsx'
import css from './row-menu.module.css'

export interface Choice {
  label: string
  run(): void
  refused?: string | undefined
  danger?: boolean
}

export function RowMenu({ of, id, choices }: { of: string; id: string; choices: Choice[] }) {
  const all = [...choices, { label: 'Copy id', run: () => void copy(id) }]
  return (
    <Menu.Root>
      <Menu.Trigger
        render={<Button look="bare" icon="more" aria-label={`Actions for ${brief(of)}`} />}
      />
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className={css['positioner']}>
          <Menu.Popup className={css['popup']}>
            {all.map(({ label, run, refused, danger }: Choice) => (
              <Menu.Item
                key={label}
                className={`${css['item']} ${danger === true ? css['danger'] : ''}`}
                disabled={refused !== undefined}
                title={refused}
                onClick={run}
              >
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
