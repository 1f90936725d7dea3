using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>A program that one link attaches to many functions by trampolines (Linux 7.3).</summary>
[Trait("level", "machine")]
public sealed class LinkMultiTests
{
    private static readonly string[] Functions = ["do_nanosleep", "ksys_read"];

    [Fact]
    public void Its_functions_are_listed()
    {
        Requires.Root();
        Btf kernel = Btf.LoadKernel();
        var ids = new Dictionary<string, uint>();
        foreach (string function in Functions)
        {
            Assert.SkipUnless(
                kernel.TryFind(function, BtfKind.Func, out BtfType type), $"the machine cannot: its kernel has no {function}");
            ids[function] = type.Id;
        }

        using Process holder = Tool.Start(Built.Multi, [.. ids.Values.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        try
        {
            string answer = Tool.FirstLine(holder);
            Assert.SkipUnless(answer == "attached", $"the machine cannot: its kernel attaches no program to many functions: {answer}");
            JsonElement link = Assert.Single(
                Json.Parse(Tool.Run(SkepBinary.Path, "link", "list", "-j")).EnumerateArray(), one => one.Text("type") == "tracing_multi");
            Assert.Equal("trace_fentry_multi", link.Text("attach_type"));
            Assert.Equal(Functions.Length, link.Number("func_cnt"));
            JsonElement[] found = [.. link.At("funcs")!.Value.EnumerateArray()];
            Assert.Equal(
                ids.Select((pair, i) => $"{pair.Key} {pair.Value} {101 + i}"),
                found.Select(one => $"{one.Text("func")} {one.Number("id")} {one.Number("cookie")}").Order(StringComparer.Ordinal));
            string text = Tool.Run(SkepBinary.Path, "link", "list", "id", $"{link.Number("id")}");
            Assert.All(Functions, name => Assert.Contains($" {name}\n", text, StringComparison.Ordinal));
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }
}
