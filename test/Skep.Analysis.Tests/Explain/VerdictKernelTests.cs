using System.Globalization;
using System.Runtime.InteropServices;
using CsCheck;
using Skep.Analysis.Analyze;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Decompile;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>
/// What programs return in the kernel is among what explain says that they may return. <c>SKEP_VERDICT_FILES</c> sets how many files of
/// programs are made.
/// </summary>
[Trait("level", "kernel")]
public sealed class VerdictKernelTests
{
    private const int ProgramsOfFile = 50, PacketsOfProgram = 24, PacketLength = 64, FirstSeed = 8000;

    private static readonly string[] Cpus = ["v3", "v2", "v1"];

    private static int Files =>
        int.TryParse(Environment.GetEnvironmentVariable("SKEP_VERDICT_FILES"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int files) ? files : 4;

    [Fact]
    public void Every_verdict_is_among_those_that_are_told()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        int programs = 0, exact = 0, tight = 0;
        for (int file = 0; file < Files; file++)
        {
            byte[] elf = BpfSource.Compile(new VerdictSource(FirstSeed + file).Of(ProgramsOfFile), Cpus[file % Cpus.Length]);
            IReadOnlyList<ProgramCode> codes = BpfPrograms.OfBytes(elf);
            using BpfObject loaded = BpfObject.Open(elf, "verdicts");
            loaded.Load();
            foreach (BpfObjectProgram program in loaded.Programs)
            {
                using BpfProgram open = program.Open();
                HashSet<uint> seen = Verdicts(open, new Random(FirstSeed + file));
                Explanation ofFile = Explainer.Explain(codes.Single(code => code.Name == program.Name));
                Explanation ofKernel = Explainer.Explain(LoadedCodeReader.Read(open, BpfPrograms.Machine.Kernel));
                foreach (Explanation about in (Explanation[])[ofFile, ofKernel])
                    Assert.True(seen.All(verdict => IsTold(about, verdict)),
                        $"seed {FirstSeed + file} {program.Name} {about.Code.Form}: returned {string.Join(' ', seen)}, told "
                        + $"{string.Join("; ", about.Returned.Select(value => value.Text))}");
                programs++;
                if (ofFile.Returned.All(value => value.Number is not null))
                {
                    exact++;
                    if (ofFile.Returned.Count <= seen.Count + 2) tight++;
                }
            }
        }

        Assert.True(exact > programs / 2, $"of {programs} programs, the verdicts of {exact} are reported by number");
        Assert.True(tight > exact / 2, $"of {exact} programs, only {tight} have few reported verdicts that were not seen");
    }

    [Fact]
    public void What_random_instructions_return_is_among_the_numbers_of_their_analysis()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        int ran = 0, known = 0;
        Gen.Select(RandomProgram.Verifiable, Gen.Byte.Array[MachineMemory.BufferSize]).Sample(
            (instructions, content) =>
            {
                using BpfProgram? loaded = LiftKernelTests.TryLoad(instructions);
                if (loaded is null) return;
                uint returned = loaded.Run(new BpfRun { Context = [.. content] }).ReturnValue;
                ProgramAnalysis analysis = ProgramAnalysis.Run(CodeFileReader.Raw(MemoryMarshal.AsBytes(instructions.AsSpan()).ToArray()));
                Assert.Contains(analysis.Returns, end => NumberArithmetic.Low(end.Numbers, 32).Contains(returned));
                Interlocked.Increment(ref ran);
                if (analysis.Returns.All(end => !NumberArithmetic.Low(end.Numbers, 32).Equals(Numbers.OfBits(32))))
                    Interlocked.Increment(ref known);
            },
            iter: 400,
            threads: 1);
        Assert.True(ran > 80 && known > 5, $"{ran} programs ran, of {known} something is known");
    }

    // Small bytes and large ones, so that comparisons go both ways.
    private static HashSet<uint> Verdicts(BpfProgram program, Random random)
    {
        var seen = new HashSet<uint>();
        for (int i = 0; i < PacketsOfProgram; i++)
        {
            var packet = new byte[PacketLength];
            random.NextBytes(packet);
            for (int at = 0; at < packet.Length; at++)
                if (random.Next(3) == 0) packet[at] = (byte)random.Next(8);
            if (i % 4 == 0) packet.AsSpan(4, 12).Clear();
            seen.Add(program.Run(new BpfRun { Data = packet }).ReturnValue);
        }

        return seen;
    }

    private static bool IsTold(Explanation about, uint verdict) =>
        about.Returned.Any(value => value.Number is { } number ? (uint)number == verdict : value.Numbers.Contains(verdict));
}
