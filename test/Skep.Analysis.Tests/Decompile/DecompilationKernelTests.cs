using System.Globalization;
using Skep.Analysis.Decompile;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Programs of libbpf-tools and xdp-tools as pseudo-C.</summary>
[Trait("level", "kernel")]
public sealed class DecompilationKernelTests
{
    private const string Needed = "needs libbpf-tools and xdp-tools";

    private static readonly Lazy<ILookup<string, Decompilation>> Decompiled = new(() => ToolObjects.All()
        .SelectMany(found => BpfPrograms.OfBytes(found.Elf).Select(code => (found.Tool, Text: Decompilation.Of(code))))
        .ToLookup(found => found.Tool, found => found.Text));

    public static TheoryData<string> Tools => [.. Decompiled.Value.Select(tool => tool.Key)];

    /// <summary>TOOL@PROGRAM.</summary>
    public static TheoryData<string> Programs =>
        [.. Directory.GetFiles(Golden.Beside("../Golden"), "*.c").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Tools))]
    public void All_are_decompiled(string tool) => Assert.All(Decompiled.Value[tool].SelectMany(text => text.Functions), function =>
    {
        Assert.Equal(function.Lines.Count(line => line.Text.EndsWith('{')), function.Lines.Count(line => line.Text.StartsWith('}')));
        Assert.DoesNotContain(function.Lines, line => line.Text.Contains("invalid instruction", StringComparison.Ordinal));
    });

    [Fact]
    public void Few_functions_have_a_goto()
    {
        Decompilation[] programs = [.. Decompiled.Value.SelectMany(tool => tool)];
        Assert.SkipWhen(programs.Length == 0, Needed);
        Assert.True(programs.Length > 300, $"{programs.Length} programs");
        PseudoFunction[] functions = [.. programs.SelectMany(text => text.Functions)];
        int gotos = functions.Count(function => function.Gotos > 0);

        // A form that says all by goto would be right as well.
        Assert.True(gotos * 5 < functions.Length, $"{gotos} of {functions.Length} functions have a goto");
    }

    [Fact]
    public void A_dozen_and_more_were_checked_by_hand() => Assert.True(Programs.Count >= 12);

    [Theory]
    [MemberData(nameof(Programs))]
    public void They_read_as_they_were_checked_by_hand(string program)
    {
        string[] names = program.Split('@');
        ProgramCode? code = ToolObjects.Find(names[0], names[1]);
        Assert.SkipWhen(code is null, $"needs {names[0]}");
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        DecompilationWriter.WriteText(text, Decompilation.Of(code), default);
        Golden.AssertText(Golden.Beside($"../Golden/{program}.c"), text.ToString());
    }
}
