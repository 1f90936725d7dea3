using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>
/// Programs that maps hold: program arrays, devmaps and cpumaps by their elements, sockmaps by what is attached to them, struct_ops maps.
/// </summary>
internal static class MapMembers
{
    // A program array of more elements than this is looked at no further: each element is a system call.
    private const uint MostElements = 1 << 16;

    private static readonly BpfAttachType[] SocketPlaces =
        [BpfAttachType.SkMsgVerdict, BpfAttachType.SkSkbStreamParser, BpfAttachType.SkSkbStreamVerdict, BpfAttachType.SkSkbVerdict];

    public static IEnumerable<Attachment> Read(KernelLists lists, KernelTypes types)
    {
        foreach (Attachment member in StructOpsMembers.Read(lists, types)) yield return member;
        foreach (MapSketch sketch in lists.Maps)
        {
            if (!Holds(sketch.Type)) continue;
            using BpfMap? map = BpfMap.TryOpenById(sketch.Id, out _);
            if (map is null) continue;
            foreach (Attachment member in sketch.Type is BpfMapType.Sockmap or BpfMapType.Sockhash ? Attached(map) : Elements(map))
                yield return member;
        }
    }

    private static bool Holds(BpfMapType type) => type is
        BpfMapType.ProgArray or BpfMapType.Devmap or BpfMapType.DevmapHash or BpfMapType.Cpumap or BpfMapType.Sockmap
            or BpfMapType.Sockhash;

    // The same words as a link's to a sockmap: one that is attached by a link is listed once.
    private static List<Attachment> Attached(BpfMap map)
    {
        var found = new List<Attachment>();
        foreach (BpfAttachType place in SocketPlaces)
            foreach (uint program in BpfProgram.TryQuery(map, place, effective: false, out _)?.ProgramIds ?? [])
                found.Add(new Attachment(program, AttachmentKinds.Of(map.Info.Type), new AttachmentPoint.Attach(place),
                    new AttachmentTarget.Map(map.Info.Id)));
        return found;
    }

    // A devmap's and a cpumap's value ends with the program's id, when it may hold programs: struct bpf_devmap_val, struct bpf_cpumap_val.
    private static List<Attachment> Elements(BpfMap map)
    {
        var found = new List<Attachment>();
        BpfMapInfo info = map.Info;
        bool array = info.Type == BpfMapType.ProgArray;
        if (!array && info.ValueSize < 2 * sizeof(uint)) return found;
        byte[] key = new byte[sizeof(uint)], value = new byte[info.UserValueSize];
        foreach (uint number in Keys(map, info))
        {
            MemoryMarshal.Write(key, number);
            if (!TryLookup(map, key, value)) continue;
            uint program = MemoryMarshal.Read<uint>(value.AsSpan(array ? 0 : sizeof(uint)));
            if (program == 0) continue;
            var element = new AttachmentTarget.Element(info.Id, info.Name, number);
            found.Add(new Attachment(program, AttachmentKinds.Of(info.Type), null, element));
        }

        return found;
    }

    private static IEnumerable<uint> Keys(BpfMap map, BpfMapInfo info)
    {
        if (info.Type != BpfMapType.DevmapHash)
        {
            for (uint key = 0; key < Math.Min(info.MaxEntries, MostElements); key++) yield return key;
            yield break;
        }

        byte[] next = new byte[sizeof(uint)];
        byte[]? current = null;
        for (uint i = 0; i < info.MaxEntries && map.TryNextKey(current, next); i++)
        {
            yield return MemoryMarshal.Read<uint>(next);
            current = [.. next];
        }
    }

    private static bool TryLookup(BpfMap map, byte[] key, byte[] value)
    {
        try
        {
            return map.TryLookup(key, value);
        }
        catch (KernelException)
        {
            // Written by programs only, or not by this user: what it holds is not known.
            return false;
        }
    }
}
