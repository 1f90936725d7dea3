using System.CommandLine;
using System.Globalization;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Debug.Verify;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Watch.Save;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog verify</c>.</summary>
internal static class ProgVerifyCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "One or more FILE, ELF objects; or with --from all that is saved there, or one or more of "
                + $"{ProgramArgument.Usage}, SHA-256 of saved instructions.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var only = new Option<string?>("--prog") { Description = "Only this program of the file.", HelpName = "NAME" };
        var from = new Option<string?>("--from")
        {
            Description = "The directory of skep watch --save with what was loaded, or refused.", HelpName = "DIR",
        };
        var log = new Option<string?>("--log")
        {
            Description = "Read a log of the verifier, and ask no kernel; - for standard input.", HelpName = "FILE",
        };
        var annotate = new Option<string?>("--annotate")
        {
            Description = "Print source, bytecode and the verifier's states beside each other.", HelpName = "text|html",
        };
        OptionValues.TakeOnly(annotate, "text", "html");
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Print the log of the verifier too." };
        var verify = new SkepCommand(
            "verify",
            "Has the kernel verify programs, and reports what that cost, or why it refused one.\n"
            + "Nothing is attached, and nothing stays loaded.",
            new(
                "docs/verify.md",
                new("skep prog verify my_prog.bpf.o", "each program of an object file"),
                new("skep prog verify my_prog.bpf.o --prog handle_exec -j", "one of them, as JSON"),
                new("skep prog verify --log saved.log", "why a program was refused elsewhere"))
            {
                Done = "all programs were accepted",
                Failed = "a program was refused, or failed",
                Others = "3: not permitted",
            }) { words, only, from, log, annotate, verbose };
        verify.Validators.Add(result =>
        {
            bool hasWords = result.GetResult(words)?.Tokens.Count > 0, hasLog = result.GetResult(log) is not null;
            if (hasWords && hasLog) result.AddError("--log FILE is all that is read: leave out PROG");
            if (hasLog && (result.GetResult(only) ?? result.GetResult(from)) is not null)
                result.AddError("--prog and --from are for programs: leave them out with --log");
        });
        verify.Prints((parsed, form) =>
        {
            string? listing = parsed.GetValue(annotate);
            if (parsed.GetValue(words) is [] && parsed.GetValue(log) is null)
                return Message.Error("prog verify: give PROG, or --log FILE", ExitCode.Usage);
            if (listing is not null && form != OutputForm.Text)
                return Message.Error("--annotate is no JSON: leave out -j (which has the path to the refusal)", ExitCode.Usage);
            string[] named = parsed.GetValue(words)!;
            var seen = new VerifiedCount();
            IEnumerable<Verification> verified = parsed.GetValue(log) is { } path
                ? LogFile.Read(NamedInput.ReadText(path, InputLimit.VerifierLog), path)
                : Verify(named, parsed.GetValue(only), parsed.GetValue(from), seen);

            // Of a wrong word nothing is printed but that.
            using IEnumerator<Verification> each = verified.Select(seen.Add).GetEnumerator();
            bool isAny = each.MoveNext();
            if (seen.IsMisused) return seen.ExitCode;
            verified = Rest(each, isAny);
            if (listing == "html")
            {
                StandardOutput.WriteText(text => AnnotationWriter.WriteHtml(
                    text, verified.Select(one => (one, AnnotatedListing.Of(one, one.Code)))));
                return seen.ExitCode;
            }

            StandardOutput.WriteEach(form, verified, VerificationJson.Write, (text, one) =>
            {
                VerificationText.Write(text, one, parsed.GetValue(verbose));
                if (listing is not null) AnnotationWriter.WriteText(text, AnnotatedListing.Of(one, one.Code));
            });
            if (form == OutputForm.Text && (named.Length > 1 || named is [ProgramArgument.All])) StandardOutput.WriteText(seen.WriteSum);
            return seen.ExitCode;
        });
        return verify;
    }

    // What came of the programs together.
    private sealed class VerifiedCount
    {
        private int _programs, _refused, _forbidden, _left;
        private int? _code;

        public int ExitCode => _code ?? (_refused + _left == 0 ? Common.ExitCode.Done
            : _refused > 0 && _forbidden == _programs && !Environment.IsPrivilegedProcess ? Common.ExitCode.NotPermitted
            : Common.ExitCode.Failed);

        public Verification Add(Verification one)
        {
            _programs++;
            if (!one.Accepted) _refused++;
            if (one.Diagnosis?.Cause == VerifierCause.Permission) _forbidden++;
            return one;
        }

        public void Leave(string why)
        {
            _left++;
            Message.Print($"error: {why}");
        }

        public bool IsMisused => _code is not null;

        public void Misuse(string mistake) => _code = Message.Error(mistake, Common.ExitCode.Usage);

        public void WriteSum(TextWriter text)
        {
            text.WriteLine();
            string left = _left > 0 ? $"; {_left} could not be verified" : "";
            string programs = _programs == 1 ? "program" : "programs";
            text.WriteLine($"{_programs} {programs} verified: {_programs - _refused} accepted, {_refused} refused{left}");
        }
    }

    private static IEnumerable<Verification> Rest(IEnumerator<Verification> each, bool isAny)
    {
        for (; isAny; isAny = each.MoveNext()) yield return each.Current;
    }

    // One that cannot be verified is left out where several are meant.
    private static IEnumerable<Verification> Verify(string[] words, string? only, string? directory, VerifiedCount seen)
    {
        TargetKernel kernel = new MachineSnapshot().Kernel;
        List<string[]> programs = words is [ProgramArgument.All] && directory is not null
            ? [.. SavedPrograms.All(directory).Select(file => new[] { file })] : ProgramArgument.Split(words);
        bool isOne = programs.Count == 1;
        foreach (string[] program in programs)
        {
            IEnumerable<Verification> verified;
            try
            {
                verified = directory is null ? OfFile(program, only, kernel, out string? mistake)
                    : words is [ProgramArgument.All] ? OfSaved(program[0], kernel, out mistake)
                    : OfCaptured(program, directory, kernel, out mistake);
                if (mistake is not null)
                {
                    seen.Misuse(mistake);
                    yield break;
                }
            }
            catch (Exception e) when (!isOne && e is KernelException or InvalidDataException or IOException)
            {
                seen.Leave(e.Message);
                continue;
            }

            foreach (Verification one in verified) yield return one;
        }
    }

    private static IEnumerable<Verification> OfCaptured(string[] words, string directory, TargetKernel kernel, out string? mistake)
    {
        IReadOnlyList<ProgramCode> codes = DumpedPrograms.ReadOriginal(words, directory, kernel, out mistake);
        return mistake is null ? [.. codes.Select(code => CodeVerifier.Verify(code, ProgramArgument.MapsOf(words)))] : [];
    }

    // With the maps of the loaded program that it was saved as, where that is still loaded.
    private static IEnumerable<Verification> OfSaved(string file, TargetKernel kernel, out string? mistake)
    {
        mistake = null;
        return [.. CodeFileReader.Read(file, kernel).Select(code => CodeVerifier.Verify(code, code.Maps.Count == 0 ? [] : MapsOf(file)))];
    }

    private static IReadOnlyList<BpfMap> MapsOf(string file)
    {
        if (SavedEvent.Read(Path.ChangeExtension(file, ".json"))?.Id is not { } id || !KernelObjects.ProgramIds().Contains(id)) return [];
        string[] words = ["id", id.ToString(CultureInfo.InvariantCulture)];
        if (!ProgramArgument.TryOpen(words, out BpfProgram? program, out _)) return [];
        using (program)
        {
            string? saved = SavedPrograms.Find(Path.GetDirectoryName(file)!, program!.GetInfo().Tag, id);
            return saved == file ? ProgramArgument.MapsOf(words) : [];
        }
    }

    private static IEnumerable<Verification> OfFile(string[] words, string? only, TargetKernel kernel, out string? mistake)
    {
        mistake = words is [var file] && !(words[0] == ProgramArgument.All && !File.Exists(words[0])) ? null
            : "the kernel keeps of a loaded program what it made of it, and that cannot be verified again (give --from DIR with "
                + "what skep watch --save kept, or the program's FILE)";
        if (mistake is not null) return [];
        byte[] bytes = InputFile.ReadBytes(words[0], InputLimit.Code);
        IReadOnlyList<ProgramCode> codes = CodeFileReader.Read(words[0], bytes, kernel);
        return ElfFile.IsElf(bytes)
            ? ObjectVerifier.Verify(bytes, Path.GetFileName(words[0]), codes, only)
            : codes.Select(code => CodeVerifier.Verify(code, []));
    }
}
