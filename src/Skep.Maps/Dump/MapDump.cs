using System.Text;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Maps.Typed;
using Skep.Output;

namespace Skep.Maps.Dump;

/// <summary>
/// Writes all entries of maps as <c>bpftool map dump</c> does. Entries are written as they are read: a map of any size takes the same
/// memory.
/// </summary>
public sealed class MapDump
{
    private readonly KernelTypes _types;
    private readonly Stream _output;
    private readonly OutputForm _form;

    /// <summary>A dump to come.</summary>
    /// <param name="types">The kernel's.</param>
    /// <param name="output">Where to.</param>
    /// <param name="form">Text is typed, as indented JSON-like text, where the maps have types, else hexadecimal.</param>
    public MapDump(KernelTypes types, Stream output, OutputForm form)
    {
        _types = types;
        _output = output;
        _form = form;
    }

    /// <summary>Writes maps: one as the list of its entries, several each with its head.</summary>
    /// <exception cref="KernelException">A map's type has no entries, or it may not be read.</exception>
    public void Write(IReadOnlyList<BpfMap> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        bool heads = maps.Count > 1;

        // As bpftool, text is typed only if all of them are.
        if (_form != OutputForm.Text || maps.All(map => MapHasTypes(map.Info)))
        {
            var json = new TypedJson(_output, _form != OutputForm.Json);
            try
            {
                if (heads) json.StartArray();
                foreach (BpfMap map in maps) WriteJson(json, map, heads);
            }
            finally
            {
                // Also of a map that cannot be read to its end: what was read is valid JSON.
                if (heads) json.EndArray();
                json.EndLine();
                json.Flush();
            }

            return;
        }

        using var text = new StreamWriter(_output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        for (int i = 0; i < maps.Count; i++)
        {
            if (i > 0) text.Write('\n');
            WriteText(text, maps[i], heads);
        }
    }

    /// <summary>Writes the value of a key: its entry alone.</summary>
    /// <returns>False when there is no such key: that is written as well.</returns>
    /// <exception cref="KernelException">It may not be read.</exception>
    public bool WriteOne(BpfMap map, ReadOnlySpan<byte> key)
    {
        ArgumentNullException.ThrowIfNull(map);
        var value = new byte[map.Info.UserValueSize];
        bool there = map.TryLookup(key, value);
        MapTypes? types = MapTypes.Read(map.Info, _types);
        if (_form == OutputForm.Text && (types is null || !there))
        {
            using var text = new StreamWriter(_output, new UTF8Encoding(false), 1 << 12, leaveOpen: true);
            if (there)
            {
                new EntryText(text, map.Info).WriteEntry(key, value);
                return true;
            }

            text.Write("key:\n");
            HexText.Write(text, key);
            text.Write("\n\nNot found\n");
            return false;
        }

        var json = new TypedJson(_output, _form != OutputForm.Json);
        var entries = new EntryJson(map.Info, types, _form == OutputForm.Text);
        if (!there) json.Null();
        else if (_form == OutputForm.Text) entries.WriteTyped(json, key, value);
        else entries.WriteEntry(json, key, value);
        json.EndLine();
        json.Flush();
        return there;
    }

    /// <summary>Writes an array of the first entries of a map, as JSON.</summary>
    /// <param name="map">The map.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="mostBytes">Behind so many bytes of JSON no other entry is begun.</param>
    /// <returns>Whether there are more.</returns>
    /// <exception cref="KernelException">The map's type has no entries, or it may not be read.</exception>
    public bool WriteFirst(BpfMap map, int most, long mostBytes)
    {
        ArgumentNullException.ThrowIfNull(map);
        var json = new TypedJson(_output, pretty: false);
        var entries = new EntryJson(map.Info, MapTypes.Read(map.Info, _types), plain: false);
        long begun = _output.Length;
        int count = 0;
        bool more = false;
        json.StartArray();
        map.Scan((key, value, error) =>
        {
            more = count == most || _output.Length - begun > mostBytes;
            if (more) return false;
            if (error.Number == 0) entries.WriteEntry(json, key, value);
            else EntryJson.WriteFailure(json, key, error);
            count++;
            return true;
        }, PrintsEmptySlots(map.Info));
        json.EndArray();
        json.Flush();
        return more;
    }

    /// <summary>Why a map without keys cannot be listed, and what else can be done with it.</summary>
    /// <param name="verb">What was asked for.</param>
    /// <param name="info">The map.</param>
    public static string Keyless(string verb, BpfMapInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        string remedy = info.Type switch
        {
            BpfMapType.Ringbuf or BpfMapType.UserRingbuf => $"follow its records: skep map tap id {info.Id}",
            BpfMapType.Queue or BpfMapType.Stack => $"look at the next one: skep map peek id {info.Id}",
            _ => "it has no entries that can be listed",
        };
        return $"{verb} map {info.Id}: maps of type {info.Type.Name()} have no keys ({remedy})";
    }

    private static bool MapHasTypes(BpfMapInfo info) => info.BtfVmlinuxValueTypeId != 0 || (info.BtfId != 0 && info.BtfValueTypeId != 0);

    private void WriteJson(TypedJson json, BpfMap map, bool head)
    {
        BpfMapInfo info = map.Info;
        var entries = new EntryJson(info, MapTypes.Read(info, _types), _form == OutputForm.Text);
        if (head)
        {
            json.StartObject();
            json.Name("id");
            json.Number((ulong)info.Id);
            json.Name("type");
            if ((int)info.Type < BpfMapTypeNames.KnownCount) json.String(info.Type.Name());
            else json.Number((ulong)info.Type);
            if (info.Name.Length > 0)
            {
                json.Name("name");
                json.String(info.Name);
            }

            json.Name("flags");
            json.Number((ulong)info.Flags);
            json.Name("elements");
        }

        json.StartArray();
        try
        {
            map.Scan((key, value, error) =>
            {
                if (error.Number == 0)
                {
                    if (_form == OutputForm.Text) entries.WriteTyped(json, key, value);
                    else entries.WriteEntry(json, key, value);
                }
                else if (_form != OutputForm.Text)
                {
                    EntryJson.WriteFailure(json, key, error);
                }

                return true;
            }, PrintsEmptySlots(info));
        }
        finally
        {
            json.EndArray();
            if (head) json.EndObject();
        }
    }

    private static void WriteText(TextWriter text, BpfMap map, bool head)
    {
        BpfMapInfo info = map.Info;
        if (head)
        {
            string name = info.Name.Length > 0 ? $"name {SafeText.Escape(info.Name)}  " : "";
            text.Write($"{info.Id}: {info.Type.Name()}  {name}flags 0x{info.Flags:x}\n");
        }

        var entries = new EntryText(text, info);
        long count = 0;
        map.Scan((key, value, error) =>
        {
            if (error.Number == 0)
            {
                entries.WriteEntry(key, value);
                count++;
            }
            else
            {
                entries.WriteFailure(key, error);
            }

            return true;
        }, PrintsEmptySlots(info));
        text.Write($"Found {count} element{(count == 1 ? "" : "s")}\n");
    }

    // Empty slots of an array of objects are printed, except of programs and maps; a key of a hash that was deleted meanwhile is not.
    private static bool PrintsEmptySlots(BpfMapInfo info) => info.Type is BpfMapType.PerfEventArray or BpfMapType.CgroupArray
        or BpfMapType.Devmap or BpfMapType.Sockmap or BpfMapType.Cpumap or BpfMapType.Xskmap or BpfMapType.ReuseportSockarray;
}
