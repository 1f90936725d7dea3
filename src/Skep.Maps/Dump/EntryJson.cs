using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Maps.Typed;

namespace Skep.Maps.Dump;

/// <summary>Writes entries of a map as JSON with bpftool's keys.</summary>
/// <param name="info">The map.</param>
/// <param name="types">The types of keys and values; null for none.</param>
/// <param name="plain">For a reader: typed values only.</param>
internal sealed class EntryJson(BpfMapInfo info, MapTypes? types, bool plain)
{
    private readonly TypedValueWriter? _writer = types?.Writer(plain);

    /// <summary>Whether there are types.</summary>
    public bool IsTyped => _writer is not null;

    /// <summary>One entry: bytes, and typed as <c>formatted</c>.</summary>
    public void WriteEntry(TypedJson json, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        json.StartObject();
        json.Name("key");
        json.Bytes(key);
        WriteRaw(json, "value", value);
        if (info.Type is BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps && value.Length == sizeof(uint))
        {
            json.Name("inner_map_id");
            json.Number((long)BitConverter.ToUInt32(value));
        }

        if (IsTyped)
        {
            json.Name("formatted");
            WriteTyped(json, key, value);
        }

        json.EndObject();
    }

    /// <summary>An entry whose value could not be read.</summary>
    public static void WriteFailure(TypedJson json, ReadOnlySpan<byte> key, Errno error)
    {
        json.StartObject();
        json.Name("key");
        json.Bytes(key);
        json.Name("value");
        json.StartObject();
        json.Name("error");
        json.String(error.Message);
        json.EndObject();
        json.EndObject();
    }

    /// <summary>The typed entry, as an object of its own.</summary>
    public void WriteTyped(TypedJson json, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        json.StartObject();
        WriteTypedKey(json, key);
        WriteTypedValue(json, "value", value);
        json.EndObject();
    }

    /// <summary>The member <c>key</c>, where keys have a type.</summary>
    public void WriteTypedKey(TypedJson json, ReadOnlySpan<byte> key)
    {
        if (types!.KeyTypeId == 0) return;
        json.Name("key");
        _writer!.Write(json, types.KeyTypeId, key);
    }

    /// <summary>A member with bytes: <paramref name="name"/>, or that with an s and one for each CPU.</summary>
    public void WriteRaw(TypedJson json, string name, ReadOnlySpan<byte> value) =>
        WriteValues(json, name, value, static (_, json, bytes) => json.Bytes(bytes));

    /// <summary>A member with the typed value.</summary>
    public void WriteTypedValue(TypedJson json, string name, ReadOnlySpan<byte> value) =>
        WriteValues(json, name, value, static (self, json, bytes) => self._writer!.Write(json, self.ValueType, bytes));

    private uint ValueType => types!.ValueTypeId;

    private delegate void One(EntryJson self, TypedJson json, ReadOnlySpan<byte> bytes);

    private void WriteValues(TypedJson json, string name, ReadOnlySpan<byte> value, One one)
    {
        if (!info.IsPerCpu)
        {
            json.Name(name);
            one(this, json, value);
            return;
        }

        json.Name(name + "s");
        json.StartArray();
        for (int cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            json.StartObject();
            json.Name("cpu");
            json.Number((long)cpu);
            json.Name("value");
            one(this, json, CpuValue(info, value, cpu));
            json.EndObject();
        }

        json.EndArray();
    }

    /// <summary>One CPU's value.</summary>
    public static ReadOnlySpan<byte> CpuValue(BpfMapInfo info, ReadOnlySpan<byte> value, int cpu) =>
        value.Slice(cpu * info.PerCpuStride, (int)info.ValueSize);
}
