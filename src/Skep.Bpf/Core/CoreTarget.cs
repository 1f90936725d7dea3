
namespace Skep.Bpf.Core;

/// <summary>What a relocation comes to on the running kernel.</summary>
/// <param name="Found">Whether the kernel has the field, type or value.</param>
/// <param name="Value">What is put into the instruction.</param>
/// <param name="OwnSize">Bytes of the field as the object declares it; 0 where that does not count.</param>
/// <param name="Size">Bytes of the kernel's field.</param>
internal readonly record struct CoreAnswer(bool Found, ulong Value, uint OwnSize = 0, uint Size = 0);

/// <summary>
/// Finds the fields that an object declares in the running kernel's BTF, by libbpf's rules (tools/lib/bpf/relo_core.c): a name up to
/// <c>___</c>, members by name through anonymous structs, and one answer from all types of a name. Bit-fields are not among what it knows.
/// </summary>
/// <param name="own">The object's BTF.</param>
/// <param name="kernel">The kernel's.</param>
/// <param name="candidates">The kernel's types of each name.</param>
internal sealed class CoreTarget(Btf own, Btf kernel, IReadOnlyDictionary<string, List<uint>> candidates)
{
    /// <summary>A name without its flavour: <c>bpf_prog___since_6_18</c> is <c>bpf_prog</c>.</summary>
    public static string Essential(string name)
    {
        int flavour = name.LastIndexOf("___", StringComparison.Ordinal);
        return flavour > 0 ? name[..flavour] : name;
    }

    /// <summary>The answer to a relocation.</summary>
    /// <exception cref="NotSupportedException">
    /// It is of a kind that is not known here, or the kernel's types of the name disagree.
    /// </exception>
    public CoreAnswer Answer(in CoreRelocation relocation)
    {
        int[] access = Array.ConvertAll(relocation.Access.Split(':'), int.Parse);
        BtfType root = own.Resolve(relocation.TypeId);
        CoreAnswer? answer = null;
        foreach (uint id in candidates.GetValueOrDefault(Essential(root.Name)) ?? [])
        {
            BtfType target = kernel[id];
            if (!SameKind(root.Kind, target.Kind) || Try(relocation.Kind, root, target, access) is not { Found: true } one) continue;
            if (answer is { } other && other != one)
                throw new NotSupportedException($"find {root.Name} in the kernel's BTF: it has several types of that name, which differ");
            answer = one;
        }

        return answer ?? new CoreAnswer(false, 0);
    }

    private CoreAnswer? Try(CoreRelocationKind kind, BtfType root, BtfType target, int[] access) => kind switch
    {
        CoreRelocationKind.FieldByteOffset or CoreRelocationKind.FieldByteSize or CoreRelocationKind.FieldExists =>
            Field(kind, root, target, access),
        CoreRelocationKind.TypeExists => new CoreAnswer(true, 1),
        CoreRelocationKind.TypeSize => new CoreAnswer(true, (ulong)kernel.SizeOf(target.Id)),
        CoreRelocationKind.EnumerationExists or CoreRelocationKind.EnumerationValue => Enumerator(kind, root, target, access[0]),
        _ => throw new NotSupportedException($"relocate a BPF program: relocations of kind {(uint)kind} are not known"),
    };

    private static CoreAnswer? Enumerator(CoreRelocationKind kind, BtfType root, BtfType target, int index)
    {
        string name = Essential(root.GetEnumerators()[index].Name);
        foreach (BtfEnumerator value in target.GetEnumerators())
            if (Essential(value.Name) == name)
                return new CoreAnswer(true, kind == CoreRelocationKind.EnumerationExists ? 1 : (ulong)value.Value);
        return null;
    }

    private CoreAnswer? Field(CoreRelocationKind kind, BtfType root, BtfType target, int[] access)
    {
        // The first number counts whole objects from the pointer.
        long offset = access[0] * kernel.SizeOf(target.Id);
        BtfType mine = root, theirs = target;
        uint myId = root.Id, theirId = target.Id;
        foreach (int index in access.AsSpan(1))
        {
            if (mine.Kind == BtfKind.Array)
            {
                if (theirs.Kind != BtfKind.Array || (theirs.Array.Count != 0 && index >= theirs.Array.Count)) return null;
                (myId, theirId) = (mine.Array.ElementTypeId, theirs.Array.ElementTypeId);
                offset += index * kernel.SizeOf(theirId);
            }
            else
            {
                BtfMember member = mine.GetMembers()[index];
                myId = member.TypeId;
                mine = own.Resolve(myId);

                // Of an anonymous one the next member's name is looked for, however the kernel nests it.
                if (member.Name.Length == 0) continue;
                if (!theirs.TryFindMember(member.Name, out BtfMember found)) return null;
                if (found.BitFieldSize != 0 || member.BitFieldSize != 0)
                    throw new NotSupportedException($"relocate {member.Name}: it is a bit-field");
                theirId = found.TypeId;
                offset += found.BitOffset / 8;
            }

            mine = own.Resolve(myId);
            theirs = kernel.Resolve(theirId);
            if (!SameKind(mine.Kind, theirs.Kind)) return null;
        }

        uint size = (uint)kernel.SizeOf(theirId);
        return kind switch
        {
            CoreRelocationKind.FieldExists => new CoreAnswer(true, 1),
            CoreRelocationKind.FieldByteSize => new CoreAnswer(true, size),
            _ => new CoreAnswer(true, (ulong)offset, (uint)own.SizeOf(myId), size),
        };
    }

    private static bool SameKind(BtfKind mine, BtfKind theirs) => Class(mine) == Class(theirs);

    private static BtfKind Class(BtfKind kind) => kind switch
    {
        BtfKind.Union => BtfKind.Struct,
        BtfKind.Enum64 => BtfKind.Enum,
        _ => kind,
    };
}
