using Skep.Bpf;

namespace Skep.Inventory.Code;

/// <summary>The function that an exception of a program ends with, by a declaration tag (<c>__exception_cb</c> of bpf_misc.h).</summary>
internal static class ExceptionCallback
{
    private const string Tag = "exception_callback:";

    /// <summary>Its name; null for a program that names none.</summary>
    /// <param name="btf">The program's types.</param>
    /// <param name="program">Its name.</param>
    public static string? NameOf(Btf btf, string program)
    {
        for (uint id = btf.FirstId; id < btf.EndId; id++)
        {
            if (btf[id] is { Kind: BtfKind.DeclTag, ComponentIndex: -1 } tag && tag.Name.StartsWith(Tag, StringComparison.Ordinal)
                && btf[tag.TypeId] is { Kind: BtfKind.Func, Linkage: BtfLinkage.Global } function && function.Name == program)
                return tag.Name[Tag.Length..];
        }

        return null;
    }
}
