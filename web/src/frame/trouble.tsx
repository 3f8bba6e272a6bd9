// A page that is not there, and one that failed: neither takes the frame down.
import { Link } from '@tanstack/react-router'
import { Button, buttonClass } from '../parts/button.tsx'
import { Page } from '../parts/page.tsx'
import { Failure } from '../parts/shown.tsx'

export function Lost() {
  return (
    <Page title="No such page">
      <p>Nothing stands at this address.</p>
      <p>
        <Link to="/" className={buttonClass('main')}>
          To the overview
        </Link>
      </p>
    </Page>
  )
}

export function Trouble({ error }: { error: unknown }) {
  // the server was upgraded under an open tab: what this page's parts were called is gone
  const isOld = error instanceof TypeError && /module/i.test(error.message)
  return (
    <Page title={isOld ? 'There is a new version' : 'This page failed'}>
      <p>{isOld ? 'Tartan was changed while this page was open.' : <Failure of={error} />}</p>
      <p>
        <Button look="main" icon="refresh" onClick={() => location.reload()}>
          Load it again
        </Button>
      </p>
    </Page>
  )
}
