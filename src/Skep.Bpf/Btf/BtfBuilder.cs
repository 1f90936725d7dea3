using System.Buffers.Binary;
using System.Text;

namespace Skep.Bpf;

/// <summary>
/// Writes BTF for programs whose instructions are generated: the functions and source lines that <c>BPF_PROG_LOAD</c> takes refer to it
/// (Documentation/bpf/btf.rst). Types are numbered from 1, in the order in which they are added.
/// </summary>
public sealed class BtfBuilder
{
    private const int HeaderSize = 24;
    private const int SignedInteger = 1 << 24, BitsOfInteger = 32;

    private readonly List<byte> _types = [], _strings = [0];
    private readonly Dictionary<string, uint> _offsets = new() { [""] = 0 };
    private uint _last;

    /// <summary>Adds a string, once.</summary>
    /// <param name="text">The string; it ends at a NUL.</param>
    /// <returns>Its offset, which lines and types refer to.</returns>
    public uint AddString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_offsets.TryGetValue(text, out uint known)) return known;
        uint offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return _offsets[text] = offset;
    }

    /// <summary>Adds a signed integer of 32 bits.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its type.</returns>
    public uint AddInt(string name)
    {
        uint type = Add(name, BtfKind.Int, 0, sizeof(int));
        Write(SignedInteger | BitsOfInteger);
        return type;
    }

    /// <summary>Adds a pointer.</summary>
    /// <param name="target">The type that it points to.</param>
    /// <returns>Its type.</returns>
    public uint AddPointer(uint target) => Add("", BtfKind.Ptr, 0, target);

    /// <summary>Adds a structure whose members are not described.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <returns>Its type.</returns>
    public uint AddStruct(string name, uint size) => Add(name, BtfKind.Struct, 0, size);

    /// <summary>Adds a function.</summary>
    /// <param name="name">Its name, an identifier of C.</param>
    /// <param name="result">The type of its result.</param>
    /// <param name="isGlobal">Whether it is global, else static.</param>
    /// <param name="parameters">The names and types of its parameters.</param>
    /// <returns>Its type, which <c>struct bpf_func_info</c> refers to.</returns>
    public uint AddFunction(string name, uint result, bool isGlobal, params ReadOnlySpan<(string Name, uint Type)> parameters)
    {
        uint prototype = Add("", BtfKind.FuncProto, (ushort)parameters.Length, result);
        foreach ((string parameter, uint type) in parameters)
        {
            Write(AddString(parameter));
            Write(type);
        }

        return Add(name, BtfKind.Func, isGlobal ? (ushort)1 : (ushort)0, prototype);
    }

    /// <summary>Writes what was added.</summary>
    /// <returns>The bytes that <see cref="BpfBtf.Load"/> takes.</returns>
    public byte[] Build()
    {
        var raw = new byte[HeaderSize + _types.Count + _strings.Count];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Btf.Magic);
        raw[2] = 1;
        ReadOnlySpan<int> header = [HeaderSize, 0, _types.Count, _types.Count, _strings.Count];
        for (int i = 0; i < header.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(raw.AsSpan(4 + i * sizeof(int)), header[i]);
        _types.CopyTo(raw, HeaderSize);
        _strings.CopyTo(raw, HeaderSize + _types.Count);
        return raw;
    }

    private uint Add(string name, BtfKind kind, ushort count, uint sizeOrType)
    {
        Write(AddString(name));
        Write((uint)kind << 24 | count);
        Write(sizeOrType);
        return ++_last;
    }

    private void Write(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _types.AddRange(bytes);
    }
}
