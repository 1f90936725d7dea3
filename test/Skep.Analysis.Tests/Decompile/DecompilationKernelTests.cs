using System.Globalization;
using Skep.Analysis.Decompile;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Programs of libbpf-tools and xdp-tools as pseudo-C.</summary>
[Trait("level", "kernel")]
public sealed class DecompilationKernelTests
{
    [Fact]
    public void All_are_decompiled()
    {
        int programs = 0, functions = 0, gotos = 0;
        foreach ((string tool, byte[] elf) in ToolObjects.All())
        {
            foreach (ProgramCode code in BpfPrograms.OfBytes(elf))
            {
                Decompilation text = Decompilation.Of(code);
                programs++;
                foreach (PseudoFunction function in text.Functions)
                {
                    functions++;
                    gotos += function.Gotos > 0 ? 1 : 0;
                    Assert.Equal(function.Lines.Count(line => line.Text.EndsWith('{')),
                        function.Lines.Count(line => line.Text.StartsWith('}')));
                    Assert.DoesNotContain(function.Lines, line => line.Text.Contains("invalid instruction", StringComparison.Ordinal));
                }
            }
        }

        Assert.SkipWhen(programs == 0, "needs libbpf-tools and xdp-tools");
        Assert.True(programs > 300, $"{programs} programs");

        // A form that says all by goto would be right as well.
        Assert.True(gotos * 5 < functions, $"{gotos} of {functions} functions have a goto");
    }

    [Fact]
    public void They_read_as_they_were_checked_by_hand()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Golden");
        string[] goldens = Directory.GetFiles(folder, "*.c");
        Assert.True(goldens.Length >= 12);
        foreach (string golden in goldens)
        {
            string[] names = Path.GetFileNameWithoutExtension(golden).Split('@');
            ProgramCode? code = ToolObjects.Find(names[0], names[1]);
            Assert.SkipWhen(code is null, $"needs {names[0]}");
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            DecompilationWriter.WriteText(text, Decompilation.Of(code), default);
            Assert.Equal(File.ReadAllText(golden), text.ToString());
        }
    }
}
