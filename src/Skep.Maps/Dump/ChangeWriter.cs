using System.Globalization;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Maps.Typed;
using Skep.Output;

namespace Skep.Maps.Dump;

/// <summary>Writes changes of a map: a JSON object each, or a line.</summary>
internal sealed class ChangeWriter
{
    private readonly BpfMapInfo _info;
    private readonly TypedJson _json;
    private readonly EntryJson _entries;
    private readonly TypedValueWriter? _typed;
    private readonly MapTypes? _types;
    private readonly bool _asJson;

    public ChangeWriter(Stream output, BpfMapInfo info, KernelTypes types, OutputForm form)
    {
        _info = info;
        _asJson = form != OutputForm.Text;
        _json = new TypedJson(output, form == OutputForm.Pretty);
        _types = MapTypes.Read(info, types);
        _entries = new EntryJson(info, _types, plain: false);
        _typed = _types?.Writer(plain: true);
    }

    public void Flush() => _json.Flush();

    public void Write(DateTime time, EntryChangeKind kind, byte[] key, byte[]? old, byte[]? value)
    {
        if (_asJson) WriteJson(time, kind, key, old, value);
        else WriteText(time, kind, key, old, value);
        _json.EndLine();
    }

    private static string Name(EntryChangeKind kind) => kind switch
    {
        EntryChangeKind.Added => "added",
        EntryChangeKind.Changed => "changed",
        _ => "deleted",
    };

    private void WriteJson(DateTime time, EntryChangeKind kind, byte[] key, byte[]? old, byte[]? value)
    {
        _json.StartObject();
        _json.Name("time");
        _json.String(UtcText.Microseconds(time));
        _json.Name("change");
        _json.String(Name(kind));
        _json.Name("key");
        _json.Bytes(key);
        if (old is not null) _entries.WriteRaw(_json, "old_value", old);
        if (value is not null) _entries.WriteRaw(_json, "value", value);
        if (_types is not null)
        {
            _json.Name("formatted");
            _json.StartObject();
            _entries.WriteTypedKey(_json, key);
            if (old is not null) _entries.WriteTypedValue(_json, "old_value", old);
            if (value is not null) _entries.WriteTypedValue(_json, "value", value);
            _json.EndObject();
        }

        _json.EndObject();
    }

    private void WriteText(DateTime time, EntryChangeKind kind, byte[] key, byte[]? old, byte[]? value)
    {
        Put(string.Create(CultureInfo.InvariantCulture, $"{time.ToLocalTime():HH:mm:ss.fff} {Name(kind),-8}"));
        if (_types is not { KeyTypeId: 0 })
        {
            Put(" ");
            WriteOne(_types?.KeyTypeId ?? 0, key);
        }

        if (!_info.IsPerCpu)
        {
            WriteValues(": ", old, value);
            return;
        }

        for (int cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            ReadOnlySpan<byte> before = old is null ? default : EntryJson.CpuValue(_info, old, cpu),
                after = value is null ? default : EntryJson.CpuValue(_info, value, cpu);
            if (!before.SequenceEqual(after)) WriteValues(string.Create(CultureInfo.InvariantCulture, $"  cpu {cpu}: "), before, after);
        }
    }

    private void WriteValues(string before, ReadOnlySpan<byte> old, ReadOnlySpan<byte> value)
    {
        Put(before);
        if (!old.IsEmpty) WriteOne(_types?.ValueTypeId ?? 0, old);
        if (!old.IsEmpty && !value.IsEmpty) Put(" -> ");
        if (!value.IsEmpty) WriteOne(_types?.ValueTypeId ?? 0, value);
    }

    private void WriteOne(uint type, ReadOnlySpan<byte> bytes)
    {
        _json.EndValue();
        if (_typed is not null && type != 0) _typed.Write(_json, type, bytes);
        else _json.Raw(Convert.ToHexStringLower(bytes));
    }

    private void Put(string text)
    {
        _json.EndValue();
        _json.Raw(text);
    }
}
