// Requests and answers as a program writes and reads them; it is compiled, not run.
import {
  type IrisModelInferenceRequest,
  infer,
  inferVersion,
  listModels,
  predict,
  predictBatch,
} from "./hey";
import { createClient } from "./hey/client";
import type { components, operations, paths } from "./schema";

type Schemas = components["schemas"];
type Json<Body extends { content: { "application/json": unknown } }> =
  Body["content"]["application/json"];

// With the types of openapi-typescript.
const flower: Schemas["IrisInput"] = {
  sepal_length: 4.9,
  sepal_width: 3.1,
  petal_length: 1.5,
  petal_width: 0.1,
};
const row = [4.9, 3.1, 1.5, 0.1];
const lists: Schemas["IrisModelInputTensor"] = {
  name: "features",
  shape: [4, 4],
  datatype: "FP32",
  data: [row, row, row, row],
};
export const fourRows: Schemas["IrisModelInferenceRequest"] = {
  id: "42",
  model_name: "iris_model",
  model_version: "1.0",
  parameters: { priority: 1, trace: true },
  inputs: [{ ...lists, data: [...row, ...row, ...row, ...row] }],
  outputs: [{ name: "label", parameters: { classification: 1 } }],
};
export const noRows: Schemas["IrisModelInferenceRequest"] = {
  inputs: [{ ...lists, shape: [0, 4], data: [] }],
};
const batch: Json<operations["predictBatch"]["requestBody"]> = { rows: [flower, flower] };

// @ts-expect-error: measurements are missing
export const incomplete: Schemas["IrisInput"] = { sepal_length: 4.9 };
// @ts-expect-error: there is no such datatype
export const halves: Schemas["IrisModelInputTensor"] = { ...lists, datatype: "FP16" };

type Predicted = Json<paths["/api/models/{qualified_name}/predict"]["post"]["responses"][200]>;
type Problem = components["responses"]["BadRequest"]["content"]["application/problem+json"];

export function species(answer: Predicted): "setosa" | "versicolor" | "virginica" {
  return answer.species;
}

export function reasons(problem: Problem): string[] {
  return (problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

export function labels(answer: Schemas["IrisModelInferenceResponse"]): string[] {
  return answer.outputs.flatMap((output) => (output.name === "label" ? output.data : []));
}

// With the client of @hey-api/openapi-ts.
export async function call(baseUrl: string, key: string): Promise<string[]> {
  const client = createClient({ baseUrl, auth: key });
  const path = { qualified_name: "iris_model" } as const;
  const body: IrisModelInferenceRequest = {
    inputs: [
      {
        name: "features",
        shape: [4, 4],
        datatype: "FP64",
        data: [...row, ...row, ...row, ...row],
      },
    ],
  };
  const models = await listModels({ client });
  const one = await predict({ client, path, query: { probabilities: true }, body: flower });
  const many = await predictBatch({ client, path, body: batch });
  const first = await infer({ client, path: { model_name: "iris_model" }, body });
  const second = await inferVersion({
    client,
    path: { model_name: "iris_model", model_version: "1.0" },
    body,
  });
  return [
    ...(models.data?.models ?? []).map((model) => model.qualified_name),
    one.data?.species ?? one.error?.title ?? "",
    ...(many.data?.predictions ?? []).map((prediction) => prediction.species),
    ...(first.data?.outputs ?? []).map((output) => output.name),
    second.error && "error" in second.error ? second.error.error : "",
  ];
}
