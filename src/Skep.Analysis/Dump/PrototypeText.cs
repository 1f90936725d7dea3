using System.Globalization;
using System.Text;
using Skep.Bpf;

namespace Skep.Analysis.Dump;

/// <summary>Types of functions as bpftool writes them (<c>btf_dumper_type_only</c>): <c>int handle(struct xdp_md * ctx)</c>.</summary>
internal static class PrototypeText
{
    /// <summary>bpftool's buffer: what does not fit is not written at all.</summary>
    private const int Capacity = 1024, MaximumDepth = 64;

    /// <summary>The prototype of a function; null for a type that is none, or that cannot be written.</summary>
    public static string? Of(Btf btf, uint function)
    {
        if (function >= btf.EndId || btf[function].Kind != BtfKind.Func) return null;
        var text = new StringBuilder();
        return Append(text, btf, function, MaximumDepth) && text.Length < Capacity ? text.ToString() : null;
    }

    private static bool Append(StringBuilder text, Btf btf, uint id, int depth)
    {
        if (depth == 0 || text.Length >= Capacity || id >= btf.EndId) return false;
        BtfType type = btf[id];
        switch (type.Kind)
        {
            case BtfKind.Void or BtfKind.Int or BtfKind.Typedef or BtfKind.Float:
                text.Append(type.Name).Append(' ');
                return true;
            case BtfKind.Struct:
                text.Append("struct ").Append(type.Name).Append(' ');
                return true;
            case BtfKind.Union:
                text.Append("union ").Append(type.Name).Append(' ');
                return true;
            case BtfKind.Enum or BtfKind.Enum64:
                text.Append("enum ").Append(type.Name).Append(' ');
                return true;
            case BtfKind.Forward:
                text.Append(type.Flag ? "union " : "struct ").Append(type.Name).Append(' ');
                return true;
            case BtfKind.Array:
                if (!Append(text, btf, type.Array.ElementTypeId, depth - 1)) return false;
                text.Append(CultureInfo.InvariantCulture, $"[{type.Array.Count}]");
                return true;
            case BtfKind.Ptr:
                if (!Append(text, btf, type.TypeId, depth - 1)) return false;
                text.Append("* ");
                return true;
            case BtfKind.Volatile:
                text.Append("volatile ");
                return Append(text, btf, type.TypeId, depth - 1);
            case BtfKind.Const:
                text.Append("const ");
                return Append(text, btf, type.TypeId, depth - 1);
            case BtfKind.Restrict:
                text.Append("restrict ");
                return Append(text, btf, type.TypeId, depth - 1);
            case BtfKind.TypeTag:
                return Append(text, btf, type.TypeId, depth - 1);
            case BtfKind.FuncProto:
                return AppendFunction(text, btf, type, "", depth);
            case BtfKind.Func when type.TypeId < btf.EndId && btf[type.TypeId].Kind == BtfKind.FuncProto:
                return AppendFunction(text, btf, btf[type.TypeId], type.Name, depth);
            default:
                return false;
        }
    }

    private static bool AppendFunction(StringBuilder text, Btf btf, BtfType prototype, string name, int depth)
    {
        if (!Append(text, btf, prototype.TypeId, depth - 1)) return false;
        text.Append(name).Append('(');
        BtfParameter[] parameters = prototype.GetParameters();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (i > 0) text.Append(", ");
            if (parameters[i].TypeId == 0)
            {
                text.Append("...");
                continue;
            }

            if (!Append(text, btf, parameters[i].TypeId, depth - 1)) return false;
            if (parameters[i].Name.Length > 0) text.Append(parameters[i].Name);
            else if (text[^1] == ' ') text.Length--;
        }

        text.Append(')');
        return true;
    }
}
