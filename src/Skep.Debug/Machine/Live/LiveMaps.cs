using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;

namespace Skep.Debug.Machine.Live;

/// <summary>Copies maps of the kernel into a machine: what they hold at about one moment.</summary>
public sealed class LiveMaps(BpfMachine machine)
{
    private readonly Dictionary<uint, MachineMap> _copies = [];

    /// <summary>The definition of a map of the kernel.</summary>
    public static MapDefinition DefinitionOf(BpfMapInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return new MapDefinition(info.Name.Length > 0 ? info.Name : $"map {info.Id}", info.Type, info.KeySize, info.ValueSize,
            info.MaxEntries)
        {
            Flags = (MapFlags)info.Flags,
            Extra = info.Extra,
            Id = info.Id,
        };
    }

    /// <summary>Copies the elements of a map that the machine has.</summary>
    /// <param name="from">The kernel's map.</param>
    /// <param name="to">The machine's, of the same definition.</param>
    /// <param name="programOf">The number of a program in the machine, by its id in the kernel; null for one that it does not have.</param>
    /// <exception cref="BpfException">The kernel does not let it be read.</exception>
    public void Copy(BpfMap from, MachineMap to, Func<uint, int?>? programOf = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        _copies[from.Info.Id] = to;
        switch (from.Info.Type)
        {
            case BpfMapType.Arena:
                using (BpfMapMemory pages = from.MapArena())
                {
                    var bytes = new byte[pages.Length];
                    pages.Read(0, bytes);
                    to.Set([], bytes);
                }

                break;
            case BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps:
                Scan(from, (key, value) => machine.SetMap(to, key, Inner(BinaryPrimitives.ReadUInt32LittleEndian(value))));
                break;
            case BpfMapType.ProgArray:
                Scan(from, (key, value) =>
                {
                    if (programOf?.Invoke(BinaryPrimitives.ReadUInt32LittleEndian(value)) is { } program)
                        machine.SetProgram(to, BinaryPrimitives.ReadUInt32LittleEndian(key), program);
                });
                break;
            case BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter or BpfMapType.Ringbuf or BpfMapType.UserRingbuf
                or BpfMapType.PerfEventArray or BpfMapType.StackTrace or BpfMapType.CgroupArray:
                // They have no elements that can be read and stay.
                break;
            default:
                Scan(from, (key, value) => to.Set(key, value));
                break;
        }
    }

    private static void Scan(BpfMap map, Action<byte[], byte[]> element) => map.Scan((key, value, error) =>
    {
        if (error.Number == 0) element(key.ToArray(), value.ToArray());
        return true;
    });

    private MachineMap Inner(uint id)
    {
        if (_copies.TryGetValue(id, out MachineMap? known)) return known;
        using BpfMap inner = BpfMap.OpenById(id);
        MachineMap copy = machine.AddMap(DefinitionOf(inner.Info));
        Copy(inner, copy);
        return copy;
    }
}
