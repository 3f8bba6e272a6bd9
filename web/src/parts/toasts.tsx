// Short words about what was asked for: begun, done, refused.
import { Toast } from '@base-ui/react/toast'
import { Bank } from './said.tsx'
import { Failure } from './shown.tsx'
import css from './toasts.module.css'

const manager = Toast.createToastManager()

export function say(title: string): void {
  manager.add({ title: <Bank text={title} whole /> })
}

export function sayTrouble(error: unknown): void {
  const title = <Failure of={error} />
  manager.add({ title, type: 'trouble', priority: 'high' })
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} timeout={6_000}>
      <Toast.Portal>
        <Toast.Viewport className={css['viewport']}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      data-toast=""
      className={`${css['toast']} ${toast.type === 'trouble' ? css['trouble'] : ''}`}
    >
      <Toast.Title className={css['title']} render={<p />} />
      <Toast.Close className={css['close']} aria-label="close">
        ×
      </Toast.Close>
    </Toast.Root>
  ))
}
