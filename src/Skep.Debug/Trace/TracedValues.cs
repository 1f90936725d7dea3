using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Maps.Typed;

namespace Skep.Debug.Trace;

/// <summary>Registers of a call as values of their types.</summary>
internal static class TracedValues
{
    // MAX_ERRNO of include/linux/err.h: the highest numbers are negative error numbers where functions give both.
    private const ulong MostErrno = 4095;
    private const ulong KernelSpace = 0xffff_0000_0000_0000;

    /// <summary>The arguments with their names, but for the context whose packet is shown in its place.</summary>
    public static IEnumerable<(string Name, uint Type, ulong Value)> Arguments(TraceCall call)
    {
        TraceTarget target = call.Target;
        int count = target.Parameters.Count > 0 ? Math.Min(target.Parameters.Count, call.Arguments.Count) : call.Arguments.Count;
        for (int i = 0; i < count; i++)
        {
            BtfParameter? parameter = i < target.Parameters.Count ? target.Parameters[i] : null;

            // BPF_CALL_n of include/linux/filter.h fills up to five.
            if (parameter?.Name.StartsWith("__ur_", StringComparison.Ordinal) == true) yield break;
            if (call.After is not null && i == target.ContextArgument) continue;
            yield return (parameter is { Name.Length: > 0 } named ? named.Name : $"arg{i}", parameter?.TypeId ?? 0, call.Arguments[i]);
        }
    }

    /// <summary>The word for the result: of a program that decides something, and of an enumeration.</summary>
    public static string? ResultName(TraceCall call) => call.Target.IsMain
        ? ReturnMeaning.Name(call.Target.Program.Type, call.Target.Program.ExpectedAttachType, (int)call.Result) : null;

    /// <summary>The result as text.</summary>
    public static string Result(TraceCall call) => ResultName(call)
        ?? (call.Target.IsMain ? ((int)call.Result).ToString(CultureInfo.InvariantCulture)
            : IsVoid(call.Target) ? "void" : Text(call.Target.Btf, call.Target.ResultType, call.Result));

    /// <summary>The result as a number, with the sign that its type has.</summary>
    public static long ResultNumber(TraceCall call) => call.Target.IsMain ? (int)call.Result
        : call.Target.Btf is { } btf && call.Target.ResultType != 0 && btf.Resolve(call.Target.ResultType) is { Kind: BtfKind.Int } type
            ? Number(type, call.Result) : (long)call.Result;

    /// <summary>Whether the function gives nothing.</summary>
    public static bool IsVoid(TraceTarget target) =>
        !target.IsMain && target.Btf is { } btf && target.Parameters.Count + (int)target.ResultType > 0
        && btf.Resolve(target.ResultType).Kind == BtfKind.Void;

    /// <summary>A value as text.</summary>
    public static string Text(Btf? btf, uint type, ulong value)
    {
        if (btf is null || type == 0 || btf.Resolve(type) is not { Kind: not BtfKind.Void } known || IsWide(known))
            return value > ulong.MaxValue - MostErrno ? ((long)value).ToString(CultureInfo.InvariantCulture)
                : (value & KernelSpace) == KernelSpace ? $"0x{value:x}" : value.ToString(CultureInfo.InvariantCulture);
        string text = Write(btf, type, value, plain: true);
        return known.Kind is BtfKind.Enum or BtfKind.Enum64 ? text.Trim('"') : text;
    }

    /// <summary>A value as JSON.</summary>
    public static string Json(Btf? btf, uint type, ulong value) => btf is null || type == 0
        ? value.ToString(CultureInfo.InvariantCulture) : Write(btf, type, value, plain: false);

    private static bool IsWide(BtfType type) => type is { Kind: BtfKind.Int, Size: 8 } && !type.Int.IsSigned;

    private static long Number(BtfType type, ulong value) => (type.Size, type.Int.IsSigned) switch
    {
        (1, true) => (sbyte)value,
        (1, false) => (byte)value,
        (2, true) => (short)value,
        (2, false) => (ushort)value,
        (4, true) => (int)value,
        (4, false) => (uint)value,
        _ => (long)value,
    };

    private static string Write(Btf btf, uint type, ulong value, bool plain)
    {
        using var bytes = new MemoryStream();
        var json = new TypedJson(bytes, pretty: false);
        new TypedValueWriter(btf, plain).Write(json, type, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)));
        json.Flush();
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
