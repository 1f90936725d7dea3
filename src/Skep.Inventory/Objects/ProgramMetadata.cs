using System.Globalization;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>A word that a program says of itself: a variable <c>bpf_metadata_NAME</c> of its read-only section.</summary>
/// <param name="Name">NAME.</param>
/// <param name="Text">The string, or the number in decimal.</param>
/// <param name="IsNumber">Whether it is an integer.</param>
public readonly record struct MetadataItem(string Name, string Text, bool IsNumber);

/// <summary>What programs say of themselves (<c>bpftool prog show</c>'s metadata): strings and integers.</summary>
public sealed class ProgramMetadata
{
    private const string Section = ".rodata", Prefix = "bpf_metadata_";

    private readonly HashSet<uint>? _candidates;
    private readonly Dictionary<uint, IReadOnlyList<MetadataItem>> _read = [];

    internal ProgramMetadata(KernelLists lists)
    {
        if (lists.HasMaps)
            _candidates = [.. lists.Maps.Where(map => IsCandidate(map.Type, map.MaxEntries, map.Name)).Select(map => map.Id)];
    }

    /// <summary>What a program says, by the maps that it uses. A map that cannot be read says nothing.</summary>
    public IReadOnlyList<MetadataItem> Of(ProgramEntry program)
    {
        ArgumentNullException.ThrowIfNull(program);
        foreach (uint map in program.MapIds)
        {
            if (_candidates is not null && !_candidates.Contains(map)) continue;
            if (!_read.TryGetValue(map, out IReadOnlyList<MetadataItem>? items)) _read[map] = items = Read(map);
            if (items.Count > 0) return items;
        }

        return [];
    }

    private static bool IsCandidate(BpfMapType type, uint maxEntries, string name) =>
        type == BpfMapType.Array && maxEntries == 1 && name.Contains(Section, StringComparison.Ordinal);

    private static IReadOnlyList<MetadataItem> Read(uint id)
    {
        try
        {
            using BpfMap? map = BpfMap.TryOpenById(id, out _);
            if (map is null || map.Info is not { KeySize: sizeof(uint), BtfId: not 0, BtfValueTypeId: not 0 } info
                || !IsCandidate(info.Type, info.MaxEntries, info.Name)) return [];
            using BpfBtf? open = BpfBtf.TryOpenById(info.BtfId, out _);
            if (open is null) return [];
            Btf btf = Btf.Parse(open.GetRaw());
            BtfType section = btf.Resolve(info.BtfValueTypeId);
            var value = new byte[info.UserValueSize];
            if (section.Kind != BtfKind.DataSec || !map.TryLookup(new byte[sizeof(uint)], value)) return [];
            var items = new List<MetadataItem>();
            foreach (BtfSectionVariable variable in section.GetVariables())
            {
                string name = btf[variable.TypeId].Name;
                if (name.StartsWith(Prefix, StringComparison.Ordinal) && variable.Offset + variable.Size <= value.Length)
                    items.Add(Item(btf, variable, name[Prefix.Length..], value.AsSpan((int)variable.Offset, (int)variable.Size)));
            }

            return items;
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            return [];
        }
    }

    private static MetadataItem Item(Btf btf, BtfSectionVariable variable, string name, ReadOnlySpan<byte> bytes)
    {
        BtfType type = btf.Resolve(btf[variable.TypeId].TypeId);
        return type.Kind switch
        {
            BtfKind.Int when bytes.Length <= sizeof(ulong) => new MetadataItem(name, Number(bytes, type.Int.IsSigned), IsNumber: true),
            BtfKind.Array when btf.SizeOf(type.Array.ElementTypeId) == 1 => new MetadataItem(name, KernelText.Read(bytes), IsNumber: false),
            _ => new MetadataItem(name, $"0x{Convert.ToHexStringLower(bytes)}", IsNumber: false),
        };
    }

    private static string Number(ReadOnlySpan<byte> bytes, bool signed)
    {
        ulong number = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) number = number << 8 | bytes[i];
        int unused = 64 - (bytes.Length * 8);
        return signed
            ? ((long)(number << unused) >> unused).ToString(CultureInfo.InvariantCulture) : number.ToString(CultureInfo.InvariantCulture);
    }
}
