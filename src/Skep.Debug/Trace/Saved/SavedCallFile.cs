using System.Text;
using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Inventory.Code;

namespace Skep.Debug.Trace.Saved;

/// <summary>
/// The file of a saved call (docs/trace.md): numbers are little-endian, text and bytes have their length before them, lists their count.
/// </summary>
public static class SavedCallFile
{
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "SKEPCALL"u8;

    /// <summary>Writes a call.</summary>
    public static byte[] Write(SavedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var stream = new MemoryStream();
        using var to = new BinaryWriter(stream);
        to.Write(Magic);
        to.Write(Version);
        foreach (string text in (string[])[call.Kernel, call.Name, call.Tag, call.Comm]) Put(to, Encoding.UTF8.GetBytes(text));
        foreach (uint number in (uint[])[call.Id, (uint)call.Type, call.Result, call.Cpu, call.Cpus, call.Pid, call.Tid, call.PacketLength])
            to.Write(number);
        foreach (long number in (long[])[call.UnixNs, (long)call.BeganNs, (long)call.DurationNs, call.MapsAfterNs]) to.Write(number);
        foreach (byte[] bytes in (byte[][])[call.Code, call.Context, call.Packet, call.After, call.Btf]) Put(to, bytes);
        to.Write(call.Functions.Count);
        foreach (CodeFunction function in call.Functions)
        {
            to.Write(function.Slot);
            to.Write(function.TypeId);
            Put(to, Encoding.UTF8.GetBytes(function.Name ?? ""));
        }

        to.Write(call.Lines.Count);
        foreach (CodeLine line in call.Lines)
        {
            foreach (int number in (int[])[line.Slot, line.Line, line.Column]) to.Write(number);
            Put(to, Encoding.UTF8.GetBytes(line.File));
            Put(to, Encoding.UTF8.GetBytes(line.Text));
        }

        to.Write(call.Calls.Count);
        foreach ((int immediate, string name) in call.Calls)
        {
            to.Write(immediate);
            Put(to, Encoding.UTF8.GetBytes(name));
        }

        to.Write(call.Members.Count);
        foreach ((string structure, string member, uint offset) in call.Members)
        {
            to.Write(offset);
            Put(to, Encoding.UTF8.GetBytes(structure));
            Put(to, Encoding.UTF8.GetBytes(member));
        }

        to.Write(call.Maps.Count);
        foreach (SavedMap map in call.Maps) Put(to, map);
        to.Write(call.MapOfSlot.Count);
        foreach ((int slot, int map) in call.MapOfSlot.OrderBy(each => each.Key))
        {
            to.Write(slot);
            to.Write(map);
        }

        to.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads a call.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <exception cref="InvalidDataException">It is no such file, or not whole.</exception>
    public static SavedCall Read(byte[] bytes, string name)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (!bytes.AsSpan().StartsWith(Magic))
            throw new InvalidDataException($"reading {name}: it is no saved call (skep trace prog PROG --save DIR writes them)");
        using var from = new BinaryReader(new MemoryStream(bytes, writable: false));
        from.BaseStream.Position = Magic.Length;
        try
        {
            if (from.ReadUInt32() is not Version and var other)
                throw new InvalidDataException($"it is of version {other} of the format, and this skep reads {Version}");
            SavedCall call = Read(from);
            return from.BaseStream.Position == bytes.Length ? call : throw new InvalidDataException("bytes follow its end");
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            string reason = e is EndOfStreamException ? "it is cut short" : e.Message;
            throw new InvalidDataException($"reading {name}: the saved call is damaged at byte {from.BaseStream.Position}: {reason}");
        }
    }

    private static SavedCall Read(BinaryReader from)
    {
        string[] texts = [.. Enumerable.Range(0, 4).Select(_ => Text(from))];
        uint[] words = [.. Enumerable.Range(0, 8).Select(_ => from.ReadUInt32())];
        long[] times = [.. Enumerable.Range(0, 4).Select(_ => from.ReadInt64())];
        byte[][] parts = [.. Enumerable.Range(0, 5).Select(_ => Bytes(from))];
        if (parts[0].Length == 0 || parts[0].Length % sizeof(ulong) != 0) throw new InvalidDataException("its code is no instructions");
        if (words[4] is 0 or > 1 << 16) throw new InvalidDataException($"it is of a machine of {words[4]} CPUs");
        if (words[3] >= words[4]) throw new InvalidDataException($"it ran on CPU {words[3]} of {words[4]}");
        var functions = List(from, () =>
        {
            (int slot, uint type) = (from.ReadInt32(), from.ReadUInt32());
            return new CodeFunction(slot, Text(from) is { Length: > 0 } function ? function : null, type);
        });
        var lines = List(from, () =>
        {
            (int slot, int line, int column) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
            string file = Text(from);
            return new CodeLine(slot, file, line, column, Text(from));
        });
        var calls = List(from, () => (from.ReadInt32(), Text(from)));
        var members = List(from, () =>
        {
            uint offset = from.ReadUInt32();
            string structure = Text(from);
            return (structure, Text(from), offset);
        });
        var maps = List(from, () => Map(from));
        var slots = new Dictionary<int, int>();
        foreach ((int slot, int map) in List(from, () => (from.ReadInt32(), from.ReadInt32())))
        {
            if ((uint)map >= (uint)maps.Count) throw new InvalidDataException($"an instruction refers to map {map} of {maps.Count}");
            slots[slot] = map;
        }

        return new SavedCall
        {
            Kernel = texts[0], Name = texts[1], Tag = texts[2], Comm = texts[3],
            Id = words[0], Type = (BpfProgramType)words[1], Result = words[2], Cpu = words[3], Cpus = words[4], Pid = words[5],
            Tid = words[6], PacketLength = words[7],
            UnixNs = times[0], BeganNs = (ulong)times[1], DurationNs = (ulong)times[2], MapsAfterNs = times[3],
            Code = parts[0], Context = parts[1], Packet = parts[2], After = parts[3], Btf = parts[4],
            Functions = functions, Lines = lines, Calls = calls, Members = members, Maps = maps, MapOfSlot = slots,
        };
    }

    private static void Put(BinaryWriter to, SavedMap map)
    {
        MapDefinition of = map.Definition;
        foreach (uint number in (uint[])[of.Id, (uint)of.Type, of.KeySize, of.ValueSize, of.MaxEntries, (uint)of.Flags,
            of.HasSpinLock ? 1u : 0, map.KeyType, map.ValueType]) to.Write(number);
        to.Write(of.Extra);
        Put(to, Encoding.UTF8.GetBytes(of.Name));
        Put(to, Encoding.UTF8.GetBytes(map.Unread));
        to.Write(map.Elements.Count);
        foreach ((byte[] key, byte[] value) in map.Elements)
        {
            Put(to, key);
            Put(to, value);
        }
    }

    private static SavedMap Map(BinaryReader from)
    {
        uint[] words = [.. Enumerable.Range(0, 9).Select(_ => from.ReadUInt32())];
        ulong extra = from.ReadUInt64();
        string name = Text(from), unread = Text(from);
        var definition = new MapDefinition(name, (BpfMapType)words[1], words[2], words[3], words[4])
        {
            Id = words[0], Flags = (MapFlags)words[5], HasSpinLock = words[6] != 0, Extra = extra,
        };
        var elements = List(from, () => (Key: Bytes(from), Value: Bytes(from)));
        if (elements.Exists(each => each.Key.Length != definition.KeySize || each.Value.Length < definition.ValueSize))
            throw new InvalidDataException($"elements of map {definition.Id} are not of its sizes");
        return new SavedMap(definition, words[7], words[8], unread, elements);
    }

    private static List<T> List<T>(BinaryReader from, Func<T> read)
    {
        // Each element has a byte at least.
        var all = new List<T>();
        for (int count = Length(from); all.Count < count;) all.Add(read());
        return all;
    }

    private static string Text(BinaryReader from) => Encoding.UTF8.GetString(Bytes(from));

    private static byte[] Bytes(BinaryReader from) => from.ReadBytes(Length(from));

    private static int Length(BinaryReader from)
    {
        uint length = from.ReadUInt32();
        return length <= from.BaseStream.Length - from.BaseStream.Position ? (int)length
            : throw new EndOfStreamException();
    }

    private static void Put(BinaryWriter to, ReadOnlySpan<byte> bytes)
    {
        to.Write(bytes.Length);
        to.Write(bytes);
    }
}
