// `?`: the keys of this page and of every page.
import { currentActions } from '../parts/actions.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PreferenceBox } from '../parts/field.tsx'
import { Facts } from '../parts/page.tsx'
import { closeFloat, useFloat } from './palette-state.ts'
import { usePlaces } from './places.ts'
import { generalKeys } from './shortcuts.ts'

const drawn: Record<string, string | undefined> = { ArrowLeft: '←', ArrowRight: '→' }

function Caps({ of }: { of: (string | undefined)[] }) {
  return of
    .filter((key) => key !== undefined)
    .map((key) => <kbd key={key}>{drawn[key] ?? key}</kbd>)
}

export function Keys() {
  const isOpen = useFloat() === 'keys'
  const places = usePlaces()
  const page = isOpen ? currentActions().filter((action) => action.key !== undefined) : []
  return (
    <Dialog title="Keys" open={isOpen} onClose={closeFloat}>
      {page.length > 0 && (
        <>
          <h3>On this page</h3>
          <Facts
            of={page.map(({ label, key = '', also }) => [
              label,
              <Caps key={label} of={[key, also]} />,
            ])}
          />
        </>
      )}
      <h3>Everywhere</h3>
      <Facts of={generalKeys.map(([key, what]) => [what, <kbd key={key}>{key}</kbd>])} />
      <h3>Places</h3>
      <Facts
        of={places
          .filter(({ key }) => key !== undefined)
          .map(({ label, key }) => [label, <kbd key={key}>{`g ${key ?? ''}`}</kbd>])}
      />
      <PreferenceBox of="keys">Single keys act</PreferenceBox>
    </Dialog>
  )
}
