// Leaving with a draft asks first, whether by a link, by going back or by closing the tab.
import { useBlocker } from '@tanstack/react-router'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export function Leave({ isDraft }: { isDraft: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: () => isDraft,
    enableBeforeUnload: isDraft,
    withResolver: true,
  })
  const stay = () => blocker.reset?.()
  return (
    <Dialog
      title="Leave without saving?"
      open={blocker.status === 'blocked'}
      onClose={stay}
      foot={
        <>
          <Button onClick={stay}>Stay</Button>
          <Button look="danger" onClick={() => blocker.proceed?.()}>
            Leave the draft
          </Button>
        </>
      }
    >
      <p>What is written here is not saved, and is lost when you leave.</p>
    </Dialog>
  )
}
