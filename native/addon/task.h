/**
 * Long work on a thread of its own, as a promise. Node's pool is not used: it has few threads, which reading files needs too.
 */
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include "../support/control.h"
#include "napi.h"

namespace zk::addon {

class Task;

/** What belongs to one JavaScript environment: the main thread, or a worker. */
class Environment {
 public:
  /** Made once for each environment, when the addon is loaded there. */
  static void open(napi_env env);
  static Environment& of(napi_env env) {
    void* data = nullptr;
    check(env, napi_get_instance_data(env, &data));
    if (data == nullptr) throw Error("INTERNAL", "the addon is closed");
    return *static_cast<Environment*>(data);
  }
  ~Environment() { close(); }

  std::list<std::unique_ptr<Task>> tasks;

  /** Cancels all work and waits for it: a worker thread that is ended leaves nothing behind that uses its memory. */
  void close();
};

class Task {
 public:
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /** Begins; the promise is settled on the thread that called. @param control argument with the words of support/control.h */
  static napi_value start(std::unique_ptr<Task> task, const Call& call, std::size_t control);

  void cancel() const { atomicStore(words_[Control::kCancel], 1); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 protected:
  Task() = default;
  /** On the task's thread. */
  virtual void run(const Control& control) = 0;
  /** On JavaScript's thread, after run. */
  virtual napi_value result(napi_env env) = 0;

 private:
  std::int32_t* words_ = nullptr;
  napi_ref control_ = nullptr;
  napi_deferred deferred_ = nullptr;
  napi_threadsafe_function done_ = nullptr;
  std::thread thread_;
  std::exception_ptr failure_;
  std::list<std::unique_ptr<Task>>::iterator place_;

  void work() noexcept;
  void settle(napi_env env);
  static void onDone(napi_env env, napi_value, void*, void* task);
};

/**
 * A promise of finish(env, work(control)).
 * @param control index of the argument that has the words of support/control.h
 * @param work runs on another thread: it captures by value, and nothing of JavaScript
 * @param finish makes the JavaScript value
 */
template <class Work, class Finish>
napi_value promise(const Call& call, std::size_t control, Work work, Finish finish) {
  using Result = std::invoke_result_t<Work&, const Control&>;
  class Concrete final : public Task {
   public:
    Concrete(Work&& work, Finish&& finish) : work_(std::move(work)), finish_(std::move(finish)) {}

   private:
    std::optional<Work> work_;
    Finish finish_;
    std::optional<Result> result_;

    void run(const Control& control) override {
      result_.emplace((*work_)(control));
      work_.reset();
    }
    napi_value result(napi_env env) override { return finish_(env, *result_); }
  };
  return Task::start(std::make_unique<Concrete>(std::move(work), std::move(finish)), call, control);
}

}  // namespace zk::addon
