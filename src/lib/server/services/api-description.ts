import { z } from 'zod';
import { problemAnswer } from '#lib/server/services/api-answers.ts';
import { apiRoutes, type ApiRoute } from '#lib/server/services/api-routes.ts';

type Json = Record<string, unknown>;

/** The API as OpenAPI 3.1 describes one, made from the schemas that the services check by. */
export function describeApi(): Json {
	const paths: Record<string, Json> = {};
	for (const [key, route] of Object.entries(apiRoutes)) {
		const [method = '', path = ''] = key.split(' ');
		paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(path, route) };
	}
	return {
		openapi: '3.1.0',
		info: {
			title: 'Holdfast',
			version: '1',
			description:
				'Amounts are base units of a token as decimal digits, times are ISO 8601 in UTC, addresses are lower case. ' +
				'Lists go on at `next`, given back as `cursor`. Failures are problem details (RFC 9457) with a stable `code`.'
		},
		servers: [{ url: '/' }],
		tags: [...new Set(Object.values(apiRoutes).map(({ group }) => group))].map((name) => ({ name })),
		paths,
		components: {
			schemas: { Problem: schemaOf(problemAnswer, 'output') },
			securitySchemes: {
				session: { type: 'apiKey', in: 'cookie', name: 'session', description: '`__Host-session` over https' },
				bearer: { type: 'http', scheme: 'bearer', description: 'what POST /auth/verify?token answers' }
			}
		}
	};
}

function operationOf(
	path: string,
	{ group, summary, who, body, query, status = 200, answer, type, sends }: ApiRoute
): Json {
	const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
		...{ name, in: 'path', required: true },
		schema: { type: 'string' }
	}));
	const content =
		status === 204
			? undefined
			: { [type ?? 'application/json']: answer === undefined ? {} : { schema: schemaOf(answer, 'output') } };
	return {
		tags: [group],
		summary,
		parameters: [...named, ...(query === undefined ? [] : parametersOf(query))],
		...(body !== undefined && {
			requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } }
		}),
		...(sends !== undefined && { requestBody: { required: true, content: { [sends]: {} } } }),
		responses: {
			[status]: { description: summary, ...(content && { content }) },
			default: {
				description: 'It was refused',
				content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
			}
		},
		security: who === 'anyone' ? [] : [{ session: [] }, { bearer: [] }]
	};
}

function parametersOf(query: z.ZodObject): Json[] {
	const { properties = {}, required = [] } = schemaOf(query, 'input') as {
		properties?: Record<string, Json>;
		required?: string[];
	};
	return Object.entries(properties).map(([name, schema]) => ({
		...{ name, in: 'query', required: required.includes(name), schema }
	}));
}

/** Checks of ours that JSON Schema has no word for are left out: they are said by the failure's `issues`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
	const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
	return rest;
}
