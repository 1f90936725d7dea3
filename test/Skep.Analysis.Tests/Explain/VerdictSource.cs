using System.Globalization;
using System.Text;

namespace Skep.Analysis.Tests.Explain;

/// <summary>
/// Random programs in C that return what they made of a packet: choices, functions that are not inlined, pointers into the frame, loops,
/// comparisons that become arithmetic.
/// </summary>
internal sealed class VerdictSource(int seed)
{
    private const int Functions = 6, Depth = 3;

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();

    /// <summary>A file of programs: <c>xdp_0</c>, <c>tc_0</c> and so on.</summary>
    public string Of(int programs)
    {
        _text.Append("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            typedef __u8 u8; typedef __u16 u16; typedef __u32 u32; typedef __u64 u64;
            typedef signed char s8; typedef short s16; typedef long long s64;
            #define noinline __attribute__((noinline))
            struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u64); } values SEC(".maps");
            char LICENSE[] SEC("license") = "GPL";

            """);
        for (int i = 0; i < Functions; i++) Function(i);
        for (int i = 0; i < programs; i++) Program(i, i % 2 == 0 ? "xdp" : "tc");
        return _text.ToString();
    }

    private void Function(int number)
    {
        if (number % 3 == 2)
        {
            Line(
                $"static noinline int f{number}(int *out, u32 v0, u32 v1) {{ s64 r = *out; if ({Condition(2)}) *out = {Small()}; else if ("
                + $"{Condition(2)}) *out = v1 & {Small()}; return {Expression(1)}; }}");
            return;
        }

        Line($"static noinline int f{number}(s64 r, u32 v0, u32 v1) {{");
        Statements(2, number);
        Line($"return {(_random.Next(2) == 0 ? "r" : Verdict())}; }}");
    }

    private void Program(int number, string type)
    {
        Line($"SEC(\"{type}\") int {type}_{number}({(type == "xdp" ? "struct xdp_md" : "struct __sk_buff")} *ctx) {{");
        Line("void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; u8 *p = data;");
        Line($"s64 r = {Small()}; int spilled = {Small()}; u32 key = 1; u64 *value;");
        Line($"if (data + 24 > end) return {Small()};");
        Line("u32 v0 = p[0], v1 = *(u16 *)(p + 2), v2 = *(u32 *)(p + 4); u64 v3 = *(u64 *)(p + 8); s8 v4 = p[1];");
        Line(type == "tc" ? "v2 += ctx->mark & 3;" : "v2 += ctx->rx_queue_index & 3;");
        Statements(Depth, Functions, inProgram: true);
        Line($"return {Verdict()}; }}");
    }

    private void Statements(int depth, int callable, bool inProgram = false)
    {
        for (int count = _random.Next(1, 4); count > 0; count--) Statement(depth, callable, inProgram);
    }

    private void Statement(int depth, int callable, bool inProgram)
    {
        switch (_random.Next(inProgram ? 14 : 9))
        {
            case 0 or 1 when depth > 0:
                Line($"if ({Condition(inProgram ? 5 : 2)}) {{");
                Statements(depth - 1, callable, inProgram);
                Line("} else {");
                Statements(depth - 1, callable, inProgram);
                Line("}");
                break;
            case 2 when callable > 0:
                int called = _random.Next(callable);
                if (called % 3 != 2) Line($"r = f{called}({(_random.Next(2) == 0 ? "r" : Small())}, {Variable(2)}, {Variable(2)});");
                else if (inProgram) Line($"r = f{called}(&spilled, {Variable(5)}, {Variable(5)}) + (spilled & 3);");
                break;
            case 3:
                Line(
                    $"switch ({Variable(inProgram ? 5 : 2)} & 7) {{ case 0: r = {Small()}; break; case 3: r = {Small()}; break; case 5: r "
                    + $"^= {Small()}; break; }}");
                break;
            case 4:
                Line($"if (r > {Small()}) r = {Small()};");
                break;
            case 9:
                Line($"{{ volatile int kept = {Expression(5)} & 3; if ({Condition(5)}) kept = {Small()}; r = kept; }}");
                break;
            case 10:
                Line(
                    $"for (int i = 0; i < {_random.Next(2, 5)}; i++) {{ if (p[8 + i] > {Variable(5)}) r = (r + 1) & 3; else r += {Small()}"
                    + $"; }}");
                break;
            case 11:
                Line($"spilled = {Small()}; {{ int *where = {Condition(5)} ? &spilled : (int *)p; *where = {Small()}; }} r = spilled;");
                break;
            case 12:
                Line($"value = bpf_map_lookup_elem(&values, &key); if (value) r = *value & {_random.Next(1, 4)}; else r = {Small()};");
                break;
            default:
                Line($"r = {Expression(inProgram ? 5 : 2)};");
                break;
        }
    }

    // Most verdicts are a few numbers; some are anything.
    private string Verdict() => _random.Next(6) switch
    {
        0 => "r",
        1 => "r & 3",
        2 => "(u32)r % 5",
        3 => "r > 2 ? 2 : 1",
        4 => "(r != 0) << 1",
        _ => "r < 0 ? 0 : r > 3 ? 3 : r",
    };

    private string Expression(int variables) => _random.Next(13) switch
    {
        0 => $"({Variable(variables)} > {Small()}) << 1",
        1 => $"-({Variable(variables)} == {Small()}) & 2",
        2 => $"{Condition(variables)} ? {Small()} : {Small()}",
        3 => $"(u32){Variable(variables)} % {_random.Next(2, 6)}",
        4 => $"(u32){Variable(variables)} >> {_random.Next(28, 32)}",
        5 => $"(s8){Variable(variables)} < {Small()} ? {Small()} : {Small()}",
        6 => $"((s64){Variable(variables)} - {_random.Next(100)}) >> 63",
        7 => $"__builtin_bswap16({Variable(variables)}) & 3",
        8 => $"(r ^ {Small()}) & 3",
        9 => $"{Variable(variables)} & {_random.Next(1, 8)}",
        10 => $"r * {_random.Next(1, 3)} - {Small()}",
        11 => $"(u16){Variable(variables)} / {_random.Next(1000, 20000)}",
        _ => Small(),
    };

    private string Condition(int variables) => _random.Next(7) switch
    {
        0 => $"{Variable(variables)} > {_random.Next(300)}",
        1 => $"(int){Variable(variables)} < {_random.Next(-100, 100)}",
        2 => $"{Variable(variables)} & {_random.Next(1, 16)}",
        3 => $"{Variable(variables)} == {_random.Next(256)}",
        4 => $"r >= {Small()}",
        5 => $"{Variable(variables)} < {Variable(variables)}",
        _ => $"(s8){Variable(variables)} >= 0",
    };

    private string Variable(int count) => string.Create(CultureInfo.InvariantCulture, $"v{_random.Next(count)}");

    private string Small() => _random.Next(-1, 6).ToString(CultureInfo.InvariantCulture);

    private void Line(string text) => _text.Append(text).Append('\n');
}
