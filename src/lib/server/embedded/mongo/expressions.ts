import { Aggregator } from 'mingo/aggregator';
import { Context, evalExpr } from 'mingo/core';
import { Lazy as sequenceOf, type Iterator as Lazy } from 'mingo/lazy';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as pipeline from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import type { Any, AnyObject, Options } from 'mingo/types';
import { CommandError } from './errors.ts';
import { compareValues, parseDecimal, type StringComparator } from './keys.ts';
import { compileFilter } from './match.ts';
import { compileSort } from './sort.ts';
import { bsonType, Decimal128, toNumber, type Document } from './values.ts';

/**
 * Aggregation expressions and stages are mingo's. Replaced here is only what must agree with the rest of this server:
 * comparison and matching (MongoDB's order over all BSON types), sorting, and sums over `Decimal128`.
 */

const comparison =
	(accepts: (order: number) => boolean) =>
	(document: Any, operands: Any, options: Options): boolean => {
		const [left, right] = evalExpr(document, operands, options) as [unknown, unknown];
		return accepts(compareValues(left, right));
	};

function operandsOf(document: Any, operands: Any, options: Options): unknown[] {
	const values = evalExpr(document, operands, options) as unknown;
	return Array.isArray(values) ? values : [values];
}

/** Wraps an arithmetic operator of mingo's, which knows doubles alone, so that it computes decimals exactly. */
function withDecimals(
	plain: (document: Any, operands: Any, options: Options) => unknown,
	decimal: (left: Fixed, right: Fixed) => Fixed
) {
	return (document: Any, operands: Any, options: Options): Any => {
		const values = operandsOf(document, operands, options);
		if (!values.some((value) => bsonType(value) === 'Decimal128')) return plain(document, operands, options) as Any;
		if (values.some((value) => value === null || value === undefined)) return null;
		return toDecimal(values.map(toFixed).reduce(decimal)) as unknown as Any;
	};
}

/** A decimal number: digits × 10^exponent. */
interface Fixed {
	digits: bigint;
	exponent: number;
}

function toFixed(value: unknown): Fixed {
	const parsed = parseDecimal(
		bsonType(value) === 'Decimal128' ? (value as Decimal128) : Decimal128.fromString(String(value))
	);
	if (typeof parsed === 'number')
		throw new CommandError('BadValue', 'arithmetic with a decimal that is not finite is not supported');
	return parsed;
}

function toDecimal({ digits, exponent }: Fixed): Decimal128 {
	return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}

function align(left: Fixed, right: Fixed): [bigint, bigint, number] {
	const exponent = Math.min(left.exponent, right.exponent);
	return [
		left.digits * 10n ** BigInt(left.exponent - exponent),
		right.digits * 10n ** BigInt(right.exponent - exponent),
		exponent
	];
}

const addFixed = (left: Fixed, right: Fixed): Fixed => {
	const [a, b, exponent] = align(left, right);
	return { digits: a + b, exponent };
};
const subtractFixed = (left: Fixed, right: Fixed): Fixed => {
	const [a, b, exponent] = align(left, right);
	return { digits: a - b, exponent };
};
const multiplyFixed = (left: Fixed, right: Fixed): Fixed => ({
	digits: left.digits * right.digits,
	exponent: left.exponent + right.exponent
});
/** 34 digits, as Decimal128 holds. */
const divideFixed = (left: Fixed, right: Fixed): Fixed => {
	if (right.digits === 0n) throw new CommandError('BadValue', "can't $divide by zero");
	return { digits: (left.digits * 10n ** 40n) / right.digits, exponent: left.exponent - right.exponent - 40 };
};

/** The sum of numbers of any type; decimals and integers no double holds are summed exactly. */
function sum(values: readonly unknown[]): unknown {
	let total = 0;
	let exact: Fixed | undefined;
	for (const value of values) {
		if (typeof value === 'number') total += value;
		else if (bsonType(value) === 'Decimal128' || bsonType(value) === 'Long') {
			exact = exact ? addFixed(exact, toFixed(value)) : toFixed(value);
		}
	}
	if (!exact) return total;
	const whole = total === 0 ? exact : addFixed(exact, toFixed(total));
	return toDecimal(whole);
}

/** What an accumulator is given: a group's documents to evaluate its operand on, or as an expression, its operands. */
function inputs(document: Any, operands: Any, options: Options): unknown[] {
	if (Array.isArray(document))
		return accumulators.$push(document as never, operands as never, options as never) as unknown[];
	const values = operandsOf(document, operands, options);
	return values.length === 1 && Array.isArray(values[0]) ? (values[0] as unknown[]) : values;
}

const sumOperator = (document: Any, operands: Any, options: Options): Any =>
	sum(inputs(document, operands, options)) as Any;

const averageOperator = (document: Any, operands: Any, options: Options): Any => {
	const values = inputs(document, operands, options).filter((value) => toNumber(value) !== undefined);
	if (values.length === 0) return null;
	const total = sum(values);
	if (typeof total === 'number') return (total / values.length) as Any;
	return toDecimal(divideFixed(toFixed(total), { digits: BigInt(values.length), exponent: 0 })) as unknown as Any;
};

const extreme =
	(sign: number) =>
	(document: Any, operands: Any, options: Options): Any => {
		const values = inputs(document, operands, options).filter((value) => value !== null && value !== undefined);
		if (values.length === 0) return null;
		return values.reduce((best, value) => (compareValues(value, best) * sign > 0 ? value : best)) as Any;
	};

/** Accumulators that are expressions too. */
const totals = { $sum: sumOperator, $avg: averageOperator, $min: extreme(-1), $max: extreme(1) };

/** What a pipeline may reach beyond its input. */
export interface PipelineHost {
	strings?: StringComparator;
	variables?: Document;
	/** The documents of another collection of the database, plain, that match a filter. */
	find(collection: string, filter: Document): Document[];
}

function buildContext(host: PipelineHost | undefined): Context {
	return Context.init({
		accumulator: { ...accumulators, ...totals } as never,
		expression: {
			...expressions,
			...totals,
			$eq: comparison((order) => order === 0),
			$ne: comparison((order) => order !== 0),
			$gt: comparison((order) => order > 0),
			$gte: comparison((order) => order >= 0),
			$lt: comparison((order) => order < 0),
			$lte: comparison((order) => order <= 0),
			$cmp: (document: Any, operands: Any, options: Options) => {
				const [left, right] = evalExpr(document, operands, options) as [unknown, unknown];
				return Math.sign(compareValues(left, right));
			},
			$add: withDecimals(expressions.$add as never, addFixed),
			$subtract: withDecimals(expressions.$subtract as never, subtractFixed),
			$multiply: withDecimals(expressions.$multiply as never, multiplyFixed),
			$divide: withDecimals(expressions.$divide as never, divideFixed),
			$toDecimal: (document: Any, operand: Any, options: Options) => {
				const value = evalExpr(document, operand, options) as unknown;
				return value === null || value === undefined ? null : Decimal128.fromString(String(value));
			}
		} as never,
		pipeline: {
			...pipeline,
			$match: (input: Lazy, filter: Any) => {
				const compiled = compileFilter(filter as Document, { strings: host?.strings, variables: host?.variables });
				return input.filter((document) => compiled.test(document as Document));
			},
			$sort: (input: Lazy, keys: Any) => {
				const sort = compileSort(keys as Document, host?.strings);
				return input.transform((documents) => sequenceOf(sort.sorted(documents as Document[]) as never) as never);
			},
			...(host && { $lookup: lookupStage(host) })
		} as never,
		projection: projections as never,
		query: queries as never,
		window: windows as never
	});
}

/** `$lookup` that asks the other collection by equality, so that its indexes are used, one query an input document. */
function lookupStage(host: PipelineHost) {
	return (input: Lazy, argument: Any, options: Options): Lazy => {
		const spec = argument as unknown as {
			from: string;
			as: string;
			localField?: string;
			foreignField?: string;
			let?: Document;
			pipeline?: Document[];
		};
		if (typeof spec.from !== 'string')
			throw new CommandError('FailedToParse', "$lookup needs 'from' to be a collection's name");
		if (typeof spec.as !== 'string') throw new CommandError('FailedToParse', "must specify 'as' field for a $lookup");
		return input.map((document) => {
			const filter: Document = {};
			if (spec.localField !== undefined && spec.foreignField !== undefined) {
				const local = evalExpr(document as Any, `$${spec.localField}`, options) as unknown;
				filter[spec.foreignField] = { $in: Array.isArray(local) ? local : [local ?? null] };
			}
			const variables: Document = { ...host.variables };
			for (const [name, expression] of Object.entries(spec.let ?? {})) {
				variables[name] = evalExpr(document as Any, expression as Any, options) ?? null;
			}
			// A leading $match is asked of the collection too, where it needs no variable.
			const stages = [...(spec.pipeline ?? [])];
			let found = host.find(spec.from, filter);
			if (stages.length > 0) found = runPipeline(found, stages, { ...host, variables });
			return { ...(document as Document), [spec.as]: found } as never;
		});
	};
}

const plainContext = buildContext(undefined);

/** Evaluates an aggregation expression on a plain document. */
export function evaluate(expression: unknown, document: Document, variables?: Document): unknown {
	try {
		return evalExpr(document as Any, expression as Any, { context: plainContext, variables } as never) as unknown;
	} catch (error) {
		throw asCommandError(error);
	}
}

/** Runs pipeline stages (plain) over plain documents and returns the results. */
function runPipeline(documents: Iterable<Document>, stages: Document[], host: PipelineHost): Document[] {
	return [...streamPipeline(documents, stages, host)];
}

/** As {@link runPipeline}, document by document where the stages allow it. */
export function* streamPipeline(
	documents: Iterable<Document>,
	stages: Document[],
	host: PipelineHost
): Generator<Document> {
	try {
		const aggregator = new Aggregator(
			stages as AnyObject[],
			{
				context: buildContext(host),
				variables: host.variables as AnyObject,
				collectionResolver: (name: string) => host.find(name, {}) as AnyObject[]
			} as never
		);
		const results = aggregator.stream(documents as Iterable<AnyObject>);
		for (;;) {
			const next = results.next();
			if (next.done) return;
			yield next.value as Document;
		}
	} catch (error) {
		throw asCommandError(error);
	}
}

/** mingo refuses a malformed stage or expression with an error of its own; to a client that is a bad value. */
function asCommandError(error: unknown): unknown {
	if (error instanceof CommandError || !(error instanceof Error)) return error;
	const stage = /unregistered pipeline operator (\S+)\./.exec(error.message);
	if (stage) return new CommandError(40324, `Unrecognized pipeline stage name: '${stage[1]}'`);
	if (error.message.startsWith('Use of undefined variable')) return new CommandError(17276, error.message);
	return new CommandError('BadValue', error.message);
}
