using System.Runtime.CompilerServices;
using System.Text;

namespace Skep.Bpf.Interop;

/// <summary><c>char[BPF_OBJ_NAME_LEN]</c>: up to 15 bytes of [A-Za-z0-9_.] and a NUL.</summary>
[InlineArray(Length)]
internal struct ObjectName
{
    internal const int Length = 16;

    private byte _first;

    internal static ObjectName From(string name)
    {
        ObjectName result = default;
        Span<byte> bytes = result;
        int at = 0;
        foreach (char c in name)
        {
            if (at == Length - 1) break;
            bytes[at++] = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? (byte)c : (byte)'_';
        }

        return result;
    }

    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
