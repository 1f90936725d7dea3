using Skep.Cli.Common;
using Skep.Filter.Compile;
using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Syntax;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter test --expect</c>: prints which expectations a table does not meet.</summary>
internal static class FilterExpectations
{
    /// <summary>Tests a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="path">The file of expectations; - for standard input.</param>
    /// <param name="iif">The interface of packets whose expectation names none.</param>
    /// <param name="kernel">Whether the compiled program decides.</param>
    /// <param name="form">How to print it.</param>
    /// <returns>The exit code.</returns>
    public static int Test(Table table, string path, string iif, bool kernel, OutputForm form)
    {
        string name = path == "-" ? "standard input" : path;
        var source = new SourceText(name, NamedInput.ReadText(path, InputLimit.Expectations));
        (IReadOnlyList<Expectation>? expectations, IReadOnlyList<Diagnostic> diagnostics) = ExpectationFile.Read(source, table);
        FilterFile.Print(diagnostics);
        if (expectations is null) return ExitCode.Usage;
        List<ExpectationResult> results;
        try
        {
            results = [.. Expectations.Decide(table, expectations, iif, kernel)];
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }

        int failed = results.Count(result => !result.Holds);
        var writer = new ExpectationWriter(table, SafeText.Escape(name));
        StandardOutput.Write(stream =>
        {
            using var buffered = new BufferedStream(stream, StreamOutput.BufferBytes);
            if (form == OutputForm.Text)
            {
                using StreamWriter text = StreamOutput.Text(buffered);
                foreach (ExpectationResult result in results) writer.WriteText(text, result);
                ExpectationWriter.WriteSummary(text, results.Count, failed);
                return;
            }

            foreach (ExpectationResult result in results) StreamOutput.WriteJson(buffered, form, json => writer.WriteJson(json, result));
        });
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
