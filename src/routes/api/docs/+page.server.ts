import { describeApi } from '#lib/server/services/api-description.ts';
import type { PageServerLoad } from './$types';

type Operation = {
	tags: string[];
	summary: string;
	parameters: { name: string; in: string; required: boolean; schema: object }[];
	requestBody?: { content: Record<string, { schema: object }> };
	responses: Record<string, { content?: Record<string, { schema?: object }> }>;
	security: object[];
};

export const load: PageServerLoad = () => {
	const { tags, paths, info } = describeApi() as {
		tags: { name: string }[];
		paths: Record<string, Record<string, Operation>>;
		info: { description: string };
	};
	const verbs = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => {
			const [status = '', answer] = Object.entries(operation.responses)[0] ?? [];
			return {
				...{ method: method.toUpperCase(), path, group: operation.tags[0], summary: operation.summary, status },
				open: operation.security.length === 0,
				parameters: operation.parameters.map(({ name, in: where, required }) => ({ name, where, required })),
				body: written(operation.requestBody?.content['application/json']?.schema),
				answer: written(Object.values(answer?.content ?? {})[0]?.schema)
			};
		})
	);
	return {
		says: info.description,
		groups: tags.map(({ name }) => ({ name, verbs: verbs.filter(({ group }) => group === name) }))
	};
};

function written(schema: object | undefined): string | null {
	return schema === undefined ? null : JSON.stringify(schema, null, 2);
}
