using System.Text.Json.Nodes;

namespace Skep.EndToEnd.Support;

/// <summary>Lists of objects as bpftool prints them, made comparable.</summary>
internal static class BpftoolList
{
    public static Dictionary<long, JsonObject> ById(JsonNode list) =>
        list.AsArray().ToDictionary(item => (long)item!["id"]!, item => item!.AsObject());

    // bpftool lists the users of BTF and the pins of an object in the order of a hash table.
    public static JsonNode? Ordered(JsonNode? value) => value switch
    {
        JsonObject item => new JsonObject(item.Select(pair => KeyValuePair.Create(pair.Key, Ordered(pair.Value)))),
        JsonArray list =>
            new JsonArray([.. list.Select(item => item?.DeepClone()).OrderBy(item => item?.ToJsonString(), StringComparer.Ordinal)]),
        _ => value?.DeepClone(),
    };
}
