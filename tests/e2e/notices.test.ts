// How people are told: the bell, a mailbox, a program of theirs, and when they want to be left alone.
import { expect, expectAccessible, test as base, type Person } from './fixtures.ts';
import { signInAs } from './story.ts';
import { openMailbox, openReceiver, type Mailbox, type Receiver } from '#tests/support/receivers.ts';

const test = base.extend<{ receiver: Receiver }, { mailbox: Mailbox }>({
	mailbox: [
		// eslint-disable-next-line no-empty-pattern -- a fixture names what it needs
		async ({}, use) => {
			const mailbox = await openMailbox();
			await use(mailbox);
			await mailbox.close();
		},
		{ scope: 'worker' }
	],
	nodeEnv: [
		async ({ mailbox }, use) => use({ SMTP_URL: mailbox.url, MAIL_FROM: 'mail@market.example' }),
		{ scope: 'worker' }
	],
	// eslint-disable-next-line no-empty-pattern -- as above
	receiver: async ({}, use) => {
		const receiver = await openReceiver();
		await use(receiver);
		await receiver.close();
	}
});

const bell = ({ page }: Person) => page.getByRole('banner').getByRole('link', { name: /^Notifications/ });

test('the address is verified, each channel tested, the bell live, and a click stops the e-mails', async ({
	person,
	mailbox,
	receiver,
	browser,
	node
}) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await page.goto('/settings');
	const section = page.getByRole('region', { name: 'Notifications' });
	// What is typed before the page's script runs is lost to it.
	await page.locator('html[data-ready]').waitFor();
	await section.getByRole('textbox', { name: 'E-mail address' }).fill('seller@mail.example');
	await section.getByRole('button', { name: 'Send the link' }).click();
	await expect(section.getByText('A link is on its way to seller@mail.example')).toBeVisible();
	await expect.poll(() => mailbox.mails.length).toBe(1);

	// The link asks, in any browser.
	const link = /http:\S+verify-email\S+/.exec(mailbox.mails[0]?.text ?? '')?.[0] ?? '';
	const elsewhere = await browser.newContext({ javaScriptEnabled: false });
	const mailReader = await elsewhere.newPage();
	await mailReader.goto(link);
	await mailReader.getByRole('button', { name: 'Yes, send it there' }).click();
	await expect(mailReader.getByText('Notifications go to seller@mail.example')).toBeVisible();

	await section.getByRole('textbox', { name: 'Address of your program' }).fill(`${receiver.url}/hook`);
	await section.getByRole('button', { name: 'Save the address' }).click();
	await expect(section.getByText(/whsec_\S+/)).toBeVisible();
	await expect(section.getByText('E-mails go to seller@mail.example')).toBeVisible();

	// Quiet hours around the present hold back what is no test, and the test goes through them.
	await section.getByRole('checkbox', { name: 'Keep quiet hours' }).check();
	await section.getByRole('checkbox', { name: 'Saved searches by E-mail' }).uncheck();
	// What is refused is marked where it stands, and its reader is there.
	const zone = section.getByRole('combobox', { name: 'Time zone' });
	await zone.fill('Nowhere/City');
	await section.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(zone).toBeFocused();
	await expect(zone).toHaveAccessibleDescription('This is no time zone. Choose one from the list.');
	await expect(zone).toHaveValue('Nowhere/City');
	await zone.fill('Asia/Tokyo');
	await section.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(section.getByText('Saved.')).toBeVisible();
	await page.reload();
	await expect(section.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Asia/Tokyo');
	await expect(section.getByRole('checkbox', { name: 'Saved searches by E-mail' })).not.toBeChecked();

	await page.locator('html[data-ready]').waitFor();
	await section.getByRole('button', { name: 'Send a test by E-mail' }).click();
	await expect(bell(seller)).toHaveAccessibleName('Notifications, one unread');
	await expect(page.getByText('This is a test. Notifications reach you here.')).toBeVisible();
	await section.getByRole('button', { name: 'Send a test by Webhook' }).click();
	await expect(bell(seller)).toHaveAccessibleName('Notifications, 2 unread');
	await expect.poll(() => receiver.posts.length).toBe(1);
	await expect.poll(() => mailbox.mails.length).toBe(2);
	await page.reload();
	await expect(section.getByRole('table', { name: 'What was posted lately' })).toContainText('Delivered');
	await expectAccessible(page);

	// What e-mails lead to; and one notice after the other is read.
	await page.goto(/http:\S+dashboard\/notifications\/\w+/.exec(mailbox.mails[1]?.text ?? '')?.[0] ?? '');
	await expect(page).toHaveURL(/\/settings/);
	await expect(bell(seller)).toHaveAccessibleName('Notifications, one unread');
	await bell(seller).click();
	await expect(page.getByRole('listitem').filter({ hasText: 'This is a test' })).toHaveCount(2);
	await expectAccessible(page);

	// Without a script.
	const plain = await browser.newContext({
		...{ storageState: await seller.context.storageState(), javaScriptEnabled: false, baseURL: seller.url }
	});
	const plainPage = await plain.newPage();
	await plainPage.goto('/dashboard/notifications?show=unread');
	await plainPage.getByRole('button', { name: 'Mark all as read' }).click();
	await expect(plainPage.getByText('Everything is read')).toBeVisible();
	await expect(bell(seller)).toHaveAccessibleName('Notifications');
	await expect(page.getByRole('button', { name: 'Mark as read' })).toHaveCount(0);

	// As a mail program does it: a form, from nowhere.
	const stop = /<(.+)>/.exec(mailbox.mails[1]?.headers.get('list-unsubscribe') ?? '')?.[1] ?? '';
	await mailReader.goto(stop);
	await expect(mailReader.getByRole('button', { name: 'Yes, stop them' })).toBeVisible();
	const oneClick = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) };
	expect((await fetch(stop.replace(/\/\/[^/]+/, `//localhost:${node.port}`), oneClick)).status).toBe(200);
	await page.goto('/settings');
	await expect(section.getByText('You stopped the e-mails to seller@mail.example.')).toBeVisible();
	await Promise.all([plain.close(), elsewhere.close()]);
});

test('a push is shown once, and says nothing of what it is about', async ({ browser, node }) => {
	const url = `http://buyer.localhost:${node.port}`;
	const context = await browser.newContext({ baseURL: url, serviceWorkers: 'allow' });
	const page = await context.newPage();
	await context.grantPermissions(['notifications'], { origin: url });
	await page.goto('/');
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const devtools = await context.newCDPSession(page);
	const registered = new Promise<string>((resolve) =>
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(url));
			if (own) resolve(own.registrationId);
		})
	);
	await devtools.send('ServiceWorker.enable');
	const registrationId = await registered;
	const data = JSON.stringify({ id: 'a', title: 'Holdfast', body: 'You have a new order.', path: '/dashboard' });
	for (let count = 0; count < 2; count++)
		await devtools.send('ServiceWorker.deliverPushMessage', { origin: url, registrationId, data });
	const shown = () =>
		page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
		});
	await expect.poll(shown).toEqual([{ title: 'Holdfast', body: 'You have a new order.', tag: 'a' }]);
	await context.close();
});
